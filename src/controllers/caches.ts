import type { Logger } from 'pino';
import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { ResourceClient, type RequestLimits } from '../kube/resource-client.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import type { Namespaces } from '../kube/resource.ts';
import type { Transport } from '../kube/transport.ts';
import { reflect, type ObjectCache } from '../runtime/namespaced-reflectors.ts';
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
  readonly instances: ObjectCache<Instance>;
  readonly migrations: ObjectCache<LiveMigration>;
  readonly unreadable: UnreadableObjects;
  readonly instanceStatus: StatusWriter<Instance>;
  readonly migrationStatus: StatusWriter<LiveMigration>;
  readonly unreadableInstanceStatus: StatusWriter<Unreadable>;
  readonly unreadableMigrationStatus: StatusWriter<Unreadable>;
  readonly instanceFinalizers: MetadataWriter<Instance>;
  readonly nodeLabels: MetadataWriter<Node>;
  readonly evacuationWriter: EvacuationWriter;
}

interface CacheOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  readonly namespaces: Namespaces;
  /** Asked as each write is sent, but for what any replica may write. */
  readonly mayAct: () => boolean;
}

export function createCaches({ transport, logger, namespaces, mayAct }: CacheOptions): Caches {
  const shared = { transport, logger };
  const unreadable = {
    instances: new Store<Unreadable>({ indices: UNREADABLE_INDICES }),
    migrations: new Store<Unreadable>({ indices: UNREADABLE_INDICES }),
  };
  const nodes = new Reflector({ ...shared, resource: NODES, transform: parseNode });
  const instances = reflect(
    {
      ...shared,
      resource: INSTANCES,
      transform: parseInstance,
      indices: INSTANCE_INDICES,
      unreadable: unreadable.instances,
    },
    namespaces,
  );
  const migrations = reflect(
    {
      ...shared,
      resource: LIVE_MIGRATIONS,
      transform: parseLiveMigration,
      indices: MIGRATION_INDICES,
      unreadable: unreadable.migrations,
    },
    namespaces,
  );
  const caches = { nodes, instances, migrations };
  return { ...caches, unreadable, ...writersFor(transport, caches, { mayBeSent: mayAct }) };
}

function writersFor(
  transport: Transport,
  { nodes, instances, migrations }: Pick<Caches, 'nodes' | 'instances' | 'migrations'>,
  limits: RequestLimits,
): Omit<Caches, 'nodes' | 'instances' | 'migrations' | 'unreadable'> {
  return {
    instanceStatus: new StatusWriter(new ResourceClient(transport, INSTANCES, limits), instances),
    migrationStatus: new StatusWriter(new ResourceClient(transport, LIVE_MIGRATIONS, limits), migrations),
    unreadableInstanceStatus: new StatusWriter<Unreadable>(
      new ResourceClient<Unreadable>(transport, INSTANCES, limits),
      instances,
    ),
    unreadableMigrationStatus: new StatusWriter<Unreadable>(
      new ResourceClient<Unreadable>(transport, LIVE_MIGRATIONS, limits),
      migrations,
    ),
    instanceFinalizers: new MetadataWriter(
      new ResourceClient<Instance>(transport, INSTANCES, limits),
      instances,
      FIELD_MANAGER,
    ),
    nodeLabels: new MetadataWriter(new ResourceClient<Node>(transport, NODES, limits), nodes, FIELD_MANAGER),
    evacuationWriter: new EvacuationWriter(transport, { instances, migrations }),
  };
}
