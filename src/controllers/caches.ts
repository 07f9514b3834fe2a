import type { Logger } from 'pino';
import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import type { Transport } from '../kube/transport.ts';
import { Reflector } from '../runtime/reflector.ts';
import { Store } from '../runtime/store.ts';
import type { Unreadable } from '../runtime/unreadable.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import { MetadataWriter } from '../kube/metadata-writer.ts';
import { EvacuationWriter } from './evacuation/writer.ts';
import { parseNode, type Node } from '../api/node.ts';
import { NODES } from '../api/resources.ts';
import { INSTANCES, LIVE_MIGRATIONS, parseInstance, parseLiveMigration } from './resources.ts';
import { INSTANCE_INDICES, MIGRATION_INDICES, UNREADABLE_INDICES, type UnreadableObjects } from './world.ts';

/** What is watched, and the writers that keep it up to date with our own writes. */
export interface Caches {
  readonly nodes: Reflector<Node>;
  readonly instances: Reflector<Instance>;
  readonly migrations: Reflector<LiveMigration>;
  readonly unreadable: UnreadableObjects;
  readonly instanceStatus: StatusWriter<Instance>;
  readonly migrationStatus: StatusWriter<LiveMigration>;
  readonly unreadableInstanceStatus: StatusWriter<Unreadable>;
  readonly unreadableMigrationStatus: StatusWriter<Unreadable>;
  readonly instanceFinalizers: MetadataWriter<Instance>;
  readonly nodeLabels: MetadataWriter<Node>;
  readonly evacuationWriter: EvacuationWriter;
}

export function createCaches(transport: Transport, logger: Logger): Caches {
  const shared = { transport, logger };
  const unreadable = {
    instances: new Store<Unreadable>({ indices: UNREADABLE_INDICES }),
    migrations: new Store<Unreadable>({ indices: UNREADABLE_INDICES }),
  };
  const nodes = new Reflector({ ...shared, resource: NODES, transform: parseNode });
  const instances = new Reflector({
    ...shared,
    resource: INSTANCES,
    transform: parseInstance,
    indices: INSTANCE_INDICES,
    unreadable: unreadable.instances,
  });
  const migrations = new Reflector({
    ...shared,
    resource: LIVE_MIGRATIONS,
    transform: parseLiveMigration,
    indices: MIGRATION_INDICES,
    unreadable: unreadable.migrations,
  });
  return {
    nodes,
    instances,
    migrations,
    unreadable,
    instanceStatus: new StatusWriter(new ResourceClient(transport, INSTANCES), instances),
    migrationStatus: new StatusWriter(new ResourceClient(transport, LIVE_MIGRATIONS), migrations),
    unreadableInstanceStatus: new StatusWriter<Unreadable>(
      new ResourceClient<Unreadable>(transport, INSTANCES),
      instances,
    ),
    unreadableMigrationStatus: new StatusWriter<Unreadable>(
      new ResourceClient<Unreadable>(transport, LIVE_MIGRATIONS),
      migrations,
    ),
    instanceFinalizers: new MetadataWriter(
      new ResourceClient<Instance>(transport, INSTANCES),
      instances,
      FIELD_MANAGER,
    ),
    nodeLabels: new MetadataWriter(new ResourceClient<Node>(transport, NODES), nodes, FIELD_MANAGER),
    evacuationWriter: new EvacuationWriter(transport, { instances, migrations }),
  };
}
