import type { Instance } from '../../api/instance.ts';
import type { LiveMigration } from '../../api/live-migration.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import type { drainMigration } from '../../domain/evacuation/attempts.ts';
import type { EvictionNote } from '../../domain/evacuation/request.ts';
import { isAlreadyExists, isNotFound } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import { keyOf } from '../../kube/resource.ts';
import type { ObjectSink } from '../../kube/status-writer.ts';
import type { Transport } from '../../kube/transport.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../resources.ts';

/** What a drain writes; the caches are told of it at once. Each call throws ApiError and ConnectionError. */
export class EvacuationWriter {
  readonly #instances: ResourceClient<Instance>;
  readonly #migrations: ResourceClient<LiveMigration>;
  readonly #instanceCache: ObjectSink<Instance>;
  readonly #migrationCache: ObjectSink<LiveMigration>;

  constructor(
    transport: Transport,
    caches: { readonly instances: ObjectSink<Instance>; readonly migrations: ObjectSink<LiveMigration> },
  ) {
    this.#instances = new ResourceClient(transport, INSTANCES);
    this.#migrations = new ResourceClient(transport, LIVE_MIGRATIONS);
    this.#instanceCache = caches.instances;
    this.#migrationCache = caches.migrations;
  }

  /** Notes an eviction on an Instance, and nothing else of its status: any replica may. */
  async note({ metadata }: Instance, evacuation: EvictionNote): Promise<void> {
    const { uid } = metadata;
    const patch = { metadata: { uid }, status: { evacuation } };
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER } as const;
    this.#instanceCache.upsert(await this.#instances.mergePatch(keyOf({ metadata }), patch, options));
  }

  /** Its name says what it is for: a second call makes no other one. */
  async start(migration: ReturnType<typeof drainMigration>): Promise<void> {
    try {
      const options = { fieldManager: FIELD_MANAGER };
      this.#migrationCache.upsert(await this.#migrations.create(migration, options));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  /** Only for those that a drain has made: nobody else's spec is ours to write. */
  async abort({ metadata }: LiveMigration): Promise<void> {
    const { uid } = metadata;
    const patch = { metadata: { uid }, spec: { abort: true } };
    const options = { fieldManager: FIELD_MANAGER };
    this.#migrationCache.upsert(await this.#migrations.mergePatch(keyOf({ metadata }), patch, options));
  }

  async remove({ metadata }: LiveMigration): Promise<void> {
    try {
      await this.#migrations.delete(keyOf({ metadata }), { uid: metadata.uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
