import type { Logger } from 'pino';
import type { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import type { Change } from '../../../src/runtime/store.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import type { Kind, Kinds, Migration } from '../objects/kinds.ts';
import type { Stored } from '../objects/stored.ts';
import { resources } from '../objects/kinds.ts';
import { label } from '../objects/names.ts';
import type { View } from './view.ts';

const owner = 'owner';
const instanceName = 'instanceName';

const indices: Partial<Record<Kind, Record<string, (object: Stored) => string[]>>> = {
  Pod: { [owner]: ({ metadata }) => ownersOf(metadata) },
  VirtualMachineInstanceMigration: {
    [instanceName]: (migration) => [
      `${migration.metadata.namespace ?? ''}/${(migration as Migration).spec.vmiName ?? ''}`,
    ],
  },
};

function ownersOf(metadata: Stored['metadata']): string[] {
  return (metadata.ownerReferences ?? []).flatMap(({ controller, uid }) =>
    controller === true ? [uid] : [],
  );
}

/** The simulator's informers, one for each kind, all fed by watches. */
export class Caches implements View {
  readonly #reflectors: ReadonlyMap<Kind, Reflector<Stored>>;

  constructor(transport: Transport, logger: Logger) {
    const kinds = Object.keys(resources) as Kind[];
    this.#reflectors = new Map(kinds.map((kind) => [kind, reflectorOf(kind, transport, logger)] as const));
  }

  get<K extends Kind>(kind: K, key: string): Kinds[K] | undefined {
    return this.#store(kind).get(key) as Kinds[K] | undefined;
  }

  list<K extends Kind>(kind: K): Kinds[K][] {
    return this.#store(kind).list() as Kinds[K][];
  }

  podsOf(ownerUid: string | undefined): Pod[] {
    const pods = ownerUid === undefined ? [] : (this.#store('Pod').byIndex(owner, ownerUid) as Pod[]);
    return pods.filter(({ metadata }) => metadata.labels?.[label.app] === 'virt-launcher');
  }

  migrationsOf(namespace: string | undefined, name: string | undefined): Migration[] {
    const value = `${namespace ?? ''}/${name ?? ''}`;
    return this.#store('VirtualMachineInstanceMigration').byIndex(instanceName, value) as Migration[];
  }

  onChange<K extends Kind>(kind: K, handler: (change: Change<Kinds[K]>) => void): void {
    this.#reflector(kind).onChange((change) => {
      handler(change as Change<Kinds[K]>);
    });
  }

  /** Takes the answer of a write that the caches are expected to show at once. */
  upsert(kind: Kind, object: Stored): void {
    this.#store(kind).upsert(object);
  }

  async start(signal: AbortSignal): Promise<void> {
    for (const reflector of this.#reflectors.values()) {
      reflector.start(signal);
    }
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.synced(signal)));
  }

  #store(kind: Kind): Reflector<Stored>['store'] {
    return this.#reflector(kind).store;
  }

  #reflector(kind: Kind): Reflector<Stored> {
    const reflector = this.#reflectors.get(kind);
    if (reflector === undefined) {
      throw new Error(`the simulator has no cache of ${kind}`);
    }
    return reflector;
  }
}

function reflectorOf(kind: Kind, transport: Transport, logger: Logger): Reflector<Stored> {
  const index = indices[kind];
  return new Reflector<Stored>({
    transport,
    logger,
    resource: resources[kind],
    ...(index !== undefined && { indices: index }),
  });
}
