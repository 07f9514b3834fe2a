import { EventEmitter, once } from 'node:events';
import { pino } from 'pino';
import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import {
  INSTANCES,
  LIVE_MIGRATIONS,
  parseInstance,
  parseLiveMigration,
} from '../../../src/controllers/resources.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import { resources, type Migration } from '../../kubevirt-simulator/objects/kinds.ts';
import { isPodDown } from '../../kubevirt-simulator/objects/pod.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import { Safety } from './safety.ts';
import { canonical, instanceAtItsEnd, migrationAtItsEnd } from './canonical.ts';

/** What is watched, in the order in which it is told. */
const WATCHED = {
  Instance: INSTANCES,
  LiveMigration: LIVE_MIGRATIONS,
  VirtualMachine: resources.VirtualMachine,
  VirtualMachineInstance: resources.VirtualMachineInstance,
  VirtualMachineInstanceMigration: resources.VirtualMachineInstanceMigration,
  Pod: resources.Pod,
} as const;
export type Watched = keyof typeof WATCHED;

/** What has happened on the way. */
export interface Course {
  /** How many objects of each kind there ever were: a boot is a VirtualMachineInstance. */
  readonly made: Readonly<Record<Watched, number>>;
  /** States of the Instance, one after the other. */
  readonly states: readonly string[];
  /** Phases of all LiveMigrations, one after the other. */
  readonly phases: readonly string[];
}

/** Sees every watch event of a namespace, and holds it against the rules that always hold. */
export class Witness {
  readonly safety = new Safety();
  readonly #reflectors = new Map<Watched, Reflector<KubeObject>>();
  readonly #uids = new Map<Watched, Set<string>>();
  readonly #states: string[] = [];
  readonly #phases: string[] = [];
  readonly #changed = new EventEmitter();
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  readonly #told: (kind: Watched, object: KubeObject) => void;

  /** `told`: of each object that is seen, as it is then. */
  constructor(
    transport: Transport,
    namespace: string,
    told: (kind: Watched, object: KubeObject) => void = () => undefined,
  ) {
    this.#told = told;
    const logger = pino({ level: 'silent' });
    const runs = (Object.keys(WATCHED) as Watched[]).map((kind) => {
      const reflector = new Reflector<KubeObject>({ transport, resource: WATCHED[kind], namespace, logger });
      this.#reflectors.set(kind, reflector);
      this.#uids.set(kind, new Set());
      reflector.onChange(({ type, object }) => {
        this.#see(kind, object, type === 'Deleted');
        this.#changed.emit('event');
      });
      return reflector.run(this.#stop.signal);
    });
    this.#ended = Promise.all(runs);
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.synced()));
  }

  /** Resolves with what `probe` finds, which is asked after each event. @throws with the last state after `timeoutMs` */
  async until<T>(what: string, probe: () => T | undefined, timeoutMs = 20_000): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      await once(this.#changed, 'event', { signal }).catch(() => {
        throw new Error(`not seen in ${timeoutMs / 1000} s: ${what}; the end is:\n${this.ending()}`);
      });
    }
  }

  /** Resolves when nothing has been seen for so long. Milliseconds. */
  async quiet(lull: number): Promise<void> {
    for (let isQuiet = false; !isQuiet;) {
      const next = once(this.#changed, 'event', { signal: AbortSignal.timeout(lull) });
      isQuiet = await next.then(
        () => false,
        () => true,
      );
    }
  }

  /** Resolves after so many events more, or when nothing has been seen for so long. Milliseconds. */
  async passed(events: number, lull: number): Promise<void> {
    for (let left = events; left > 0; left -= 1) {
      const signal = AbortSignal.timeout(lull);
      const isOver = await once(this.#changed, 'event', { signal }).then(
        () => false,
        () => true,
      );
      if (isOver) return;
    }
  }

  get instances(): Instance[] {
    return this.all('Instance').map(parseInstance);
  }

  get instance(): Instance | undefined {
    return this.instances[0];
  }

  get liveMigrations(): LiveMigration[] {
    return this.all('LiveMigration').map(parseLiveMigration);
  }

  /** Pods with a guest in them. */
  get livePods(): Pod[] {
    return this.all('Pod')
      .map((pod) => pod as unknown as Pod)
      .filter((pod) => !isPodDown(pod) && pod.metadata.deletionTimestamp === undefined);
  }

  /** All that is there, as text that is the same for all runs that end alike. */
  ending(): string {
    const pods = this.livePods;
    const live = new Set(pods.map(({ metadata }) => metadata.uid ?? ''));
    const instances = this.all('VirtualMachineInstance');
    // KubeVirt leaves a migration for ever that was deleted just as its instance went.
    const isLeft = ({ metadata }: KubeObject) =>
      metadata.deletionTimestamp !== undefined && instances.length === 0;
    const objects = [
      this.all('Instance'),
      this.all('LiveMigration'),
      this.all('VirtualMachine'),
      instances.map((instance) => instanceAtItsEnd(instance, live)),
      this.all('VirtualMachineInstanceMigration')
        .filter((migration) => !isLeft(migration))
        .map(migrationAtItsEnd),
    ];
    return canonical([...objects, pods.map(({ spec }) => spec.nodeName)]);
  }

  course(): Course {
    const made = Object.fromEntries([...this.#uids].map(([kind, uids]) => [kind, uids.size]));
    return { made: made as Course['made'], states: [...this.#states], phases: [...this.#phases] };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** What is there of a kind, the oldest first. */
  all(kind: Watched): KubeObject[] {
    const objects = this.#reflectors.get(kind)?.store.list() ?? [];
    const age = ({ metadata }: KubeObject) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
    return [...objects].sort((one, other) => (age(one) < age(other) ? -1 : 1));
  }

  #see(kind: Watched, object: KubeObject, isGone: boolean): void {
    this.#uids.get(kind)?.add(object.metadata.uid ?? '');
    if (kind === 'VirtualMachineInstanceMigration') {
      this.safety.driverMigration(object as unknown as Migration, isGone);
    }
    if (isGone) return;
    this.#told(kind, object);
    if (kind === 'Instance') {
      const instance = parseInstance(object);
      note(this.#states, instance.status?.state);
      this.safety.instance(instance, Date.now());
    }
    if (kind === 'LiveMigration') {
      const migration = parseLiveMigration(object);
      note(this.#phases, migration.status?.phase);
      this.safety.migration(migration);
    }
  }
}

function note(list: string[], value: string | undefined): void {
  if (value !== undefined && list.at(-1) !== value) list.push(value);
}
