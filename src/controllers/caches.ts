import type { Logger } from 'pino';
import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import type { KubeObject } from '../kube/resource.ts';
import { StatusWriter, type ObjectSink } from '../kube/status-writer.ts';
import type { Transport } from '../kube/transport.ts';
import { Reflector } from '../runtime/reflector.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import { LabelWriter } from '../kube/label-writer.ts';
import { NODES, parseNode, type Node } from './node.ts';
import { INSTANCES, LIVE_MIGRATIONS, parseInstance, parseLiveMigration } from './resources.ts';
import { INSTANCE_INDICES, MIGRATION_INDICES } from './world.ts';

/** What is watched, and the writers that keep it up to date with our own writes. */
export interface Caches {
  readonly nodes: Reflector<Node>;
  readonly instances: Reflector<Instance>;
  readonly migrations: Reflector<LiveMigration>;
  readonly instanceStatus: StatusWriter<Instance>;
  readonly migrationStatus: StatusWriter<LiveMigration>;
  readonly nodeLabels: LabelWriter<Node>;
}

export function createCaches(transport: Transport, logger: Logger): Caches {
  const shared = { transport, logger };
  const nodes = new Reflector({ ...shared, resource: NODES, transform: parseNode });
  const instances = new Reflector({
    ...shared,
    resource: INSTANCES,
    transform: parseInstance,
    indices: INSTANCE_INDICES,
  });
  const migrations = new Reflector({
    ...shared,
    resource: LIVE_MIGRATIONS,
    transform: parseLiveMigration,
    indices: MIGRATION_INDICES,
  });
  return {
    nodes,
    instances,
    migrations,
    instanceStatus: statusWriter(new ResourceClient(transport, INSTANCES), instances, parseInstance),
    migrationStatus: statusWriter(
      new ResourceClient(transport, LIVE_MIGRATIONS),
      migrations,
      parseLiveMigration,
    ),
    nodeLabels: new LabelWriter(
      new ResourceClient<Node>(transport, NODES),
      parsing(nodes, parseNode),
      FIELD_MANAGER,
    ),
  };
}

function statusWriter<T extends KubeObject & { status?: unknown }>(
  client: ResourceClient<T>,
  cache: Reflector<T>,
  parse: (raw: unknown) => T,
): StatusWriter<T> {
  return new StatusWriter(client, parsing(cache, parse));
}

/** What the API server answers to a write is raw; what is held is parsed. */
function parsing<T extends KubeObject>({ store }: Reflector<T>, parse: (raw: unknown) => T): ObjectSink<T> {
  return { upsert: (object) => store.upsert(parse(object)) };
}
