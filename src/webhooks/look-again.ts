import type { Logger } from 'pino';
import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../controllers/resources.ts';
import { unfinishedMigrations, type World } from '../controllers/world.ts';
import { isNotFound } from '../kube/api-errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../kube/resource.ts';
import type { ObjectSink } from '../kube/status-writer.ts';
import type { Transport } from '../kube/transport.ts';
import { QUESTION_TIMEOUT_MS } from './review.ts';

export interface LookAgainOptions {
  readonly transport: Transport;
  readonly world: World;
  /** They take only what is newer than what they hold. */
  readonly caches: {
    readonly instances: ObjectSink<Instance>;
    readonly migrations: ObjectSink<LiveMigration>;
  };
  readonly logger: Logger;
}

/** Brings the caches up to date with an Instance, and with its migrations that were not over. It never rejects. */
export type LookAgain = (instance: ObjectKey) => Promise<void>;

/**
 * Asks the API server. What is gone stays in the caches until the watch tells so: to take it for gone by this answer, from an
 * API server that may be behind, would have a VM stopped that somebody needs.
 */
export function lookAgainAt({ transport, world, caches, logger }: LookAgainOptions): LookAgain {
  const limits = { timeoutMs: QUESTION_TIMEOUT_MS };
  const instances = new ResourceClient<Instance>(transport, INSTANCES, limits);
  const migrations = new ResourceClient<LiveMigration>(transport, LIVE_MIGRATIONS, limits);
  return async (instance) => {
    const unfinished = unfinishedMigrations(world, formatKey(instance)).map(keyOf);
    try {
      await Promise.all([
        read(instances, instance, caches.instances),
        ...unfinished.map((key) => read(migrations, key, caches.migrations)),
      ]);
    } catch (error) {
      logger.warn(
        { err: error, key: formatKey(instance) },
        'a request is refused by what is in memory alone',
      );
    }
  };
}

async function read<T extends KubeObject>(
  client: ResourceClient<T>,
  key: ObjectKey,
  cache: ObjectSink<T>,
): Promise<void> {
  try {
    cache.upsert(await client.get(key));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
