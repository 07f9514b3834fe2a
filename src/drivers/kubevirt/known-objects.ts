/**
 * What the driver knows: KubeVirt's objects from three watches, and what they can't say, namely which boots we have
 * ended ourselves a moment ago, and how migrations ended whose objects are gone. KubeVirt writes often and mostly about
 * what is not ours to know, so a VM is announced only when what we make of it has changed.
 */
import type { Logger } from 'pino';
import type { ObservedMigration, ObservedVm } from '../../domain/observed.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { isNotFound } from '../../kube/api-errors.ts';
import { jsonEqual } from '../../kube/json-equal.ts';
import { ResourceClient, type RequestLimits } from '../../kube/resource-client.ts';
import { formatKey, keyOf, type Namespaces } from '../../kube/resource.ts';
import type { Transport } from '../../kube/transport.ts';
import { systemClock, type Clock } from '../../runtime/clock.ts';
import { reflect, type ObjectCache } from '../../runtime/namespaced-reflectors.ts';
import type { VmKey } from '../driver.ts';
import { Drift } from './drift.ts';
import { EndedBoots } from './ended-boots.ts';
import {
  isOver,
  migrationName,
  observeMigration,
  unfinishedMigrations,
  type SeenMigration,
} from './observe-migration.ts';
import { evictionMarkOf, instanceOf, isEnding, observeVm } from './observe.ts';
import { RunOrders } from './run-orders.ts';
import {
  INSTANCES,
  Migration,
  MIGRATIONS,
  VIRTUAL_MACHINES,
  parseVirtualMachine,
  parseVirtualMachineInstance,
  type VirtualMachine,
  type VirtualMachineInstance,
} from './resources.ts';

/** Finished migrations whose objects are gone and that are still remembered. */
const MOST_REMEMBERED = 1_000;
/** Two of these fit in what the Lease must hold for at least when an order is begun. Milliseconds. */
const LONGEST_LOOK = 1_000;
const BY_VM = 'vm';
const IS_MARKED = 'marked';
const YES = 'yes';

export interface KnownObjectsOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Default: all. */
  readonly namespaces?: Namespaces;
  readonly clock?: Clock;
}

export class KnownObjects {
  readonly #transport: Transport;
  readonly #vms: ObjectCache<VirtualMachine>;
  readonly #instances: ObjectCache<VirtualMachineInstance>;
  readonly #migrations: ObjectCache<Migration>;
  /** By key; in the order in which they were deleted. */
  readonly #gone = new Map<string, Migration>();
  readonly #drift = new Drift();
  readonly runOrders: RunOrders;
  readonly ended: EndedBoots;
  /** VMs that this process has stored. */
  readonly #stored = new Set<string>();
  /** By VM: what was last announced. */
  readonly #told = new Map<string, unknown>();
  #onChange: ((key: VmKey) => void) | undefined;

  constructor({ transport, logger, namespaces, clock = systemClock }: KnownObjectsOptions) {
    this.#transport = transport;
    this.runOrders = new RunOrders({
      clock,
      seen: (key) => this.vm(key),
      look: (key) => this.#look(key),
      onChange: (key) => this.#announce(key),
    });
    this.ended = new EndedBoots({
      clock,
      look: (key) => this.#lookAtInstance(key),
      onChange: (key) => this.#announce(key),
    });
    const shared = { transport, logger };
    this.#vms = reflect(
      {
        ...shared,
        resource: VIRTUAL_MACHINES,
        transform: parseVirtualMachine,
      },
      namespaces,
    );
    this.#instances = reflect(
      {
        ...shared,
        resource: INSTANCES,
        transform: parseVirtualMachineInstance,
        indices: { [IS_MARKED]: (instance) => (evictionMarkOf(instance) === undefined ? [] : [YES]) },
      },
      namespaces,
    );
    this.#migrations = reflect(
      {
        ...shared,
        resource: MIGRATIONS,
        transform: (raw) => Migration.parse(raw),
        indices: { [BY_VM]: (migration) => [formatKey(vmOf(migration))] },
      },
      namespaces,
    );
  }

  /** Resolves when all three kinds were listed. Announces from then on, first what is there. */
  async start(onChange: (key: VmKey) => void, signal: AbortSignal): Promise<void> {
    this.#follow();
    const close = (): void => [this.runOrders, this.ended].forEach((orders) => orders.close());
    signal.addEventListener('abort', close, { once: true });
    const reflectors = [this.#vms, this.#instances, this.#migrations];
    for (const reflector of reflectors) reflector.start(signal);
    await Promise.all(reflectors.map((reflector) => reflector.synced(signal)));
    this.#onChange = onChange;
    for (const vm of this.#vms.store.list()) this.#announce(keyOf(vm));
    for (const migration of this.#migrations.store.list()) this.#announce(vmOf(migration));
  }

  vm(key: VmKey): VirtualMachine | undefined {
    return this.#vms.store.get(formatKey(key));
  }

  /** What runs of the VM, if anything does. */
  instance(key: VmKey): VirtualMachineInstance | undefined {
    const instance = this.#instances.store.get(formatKey(key));
    const vm = this.vm(key);
    return vm === undefined ? instance : instanceOf(vm, instance);
  }

  /** `wanted`: what its template is compared with. */
  observe(key: VmKey, wanted?: RenderedVm): ObservedVm | undefined {
    const ordered = this.runOrders.of(key);
    const vm = this.vm(key);
    if (vm === undefined) return ordered && asOrdered(ordered);
    const id = formatKey(key);
    const instance = this.instance(key);
    const { stored, mayRun, writes, ...observed } = observeVm(vm, instance, this.ended.of(key));
    return {
      ...observed,
      mayRun: mayRun === true || (stored.power === 'Off' && ordered !== undefined),
      writes: [...new Set([...writes, ...(ordered?.writes ?? [])])],
      stored: wanted === undefined ? stored : { ...stored, drift: this.#drift.of(id, vm, wanted) },
      migrations: unfinishedMigrations(this.#migrationsOf(key), instance),
    };
  }

  /** The VMs whose eviction KubeVirt has refused, and that have not left since. */
  marked(): VmKey[] {
    return this.#instances.store.byIndex(IS_MARKED, YES).map(keyOf);
  }

  /** Whether this boot runs and nobody has asked for its end. */
  isBooted(key: VmKey, bootId: string): boolean {
    const instance = this.instance(key);
    if (instance?.metadata.uid !== bootId) return false;
    return !isEnding(this.vm(key), instance, this.ended.of(key));
  }

  /** Whether this process has stored the VM: then its watch shows no boot from before that another one has ended. */
  hasStored(key: VmKey): boolean {
    return this.#stored.has(formatKey(key));
  }

  /** The same as `isBooted`, asked of the API server. @throws what it can't be asked for */
  async askForBoot(key: VmKey, bootId: string): Promise<boolean> {
    return (await this.#lookAtInstance(key, { timeoutMs: LONGEST_LOOK })) && this.isBooted(key, bootId);
  }

  /** The migration's object, also when it is gone, while that is remembered. One that is not ours by its own uid. */
  migration(vm: VmKey, migrationUid: string): SeenMigration | undefined {
    const key = formatKey({ namespace: vm.namespace, name: migrationName(migrationUid) });
    const present =
      this.#migrations.store.get(key) ??
      this.#migrationsOf(vm).find(({ metadata }) => metadata.uid === migrationUid);
    const migration = present ?? this.#gone.get(key);
    return migration && { migration, deleted: present === undefined };
  }

  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined {
    const seen = this.migration(key, migrationUid);
    return seen && observeMigration(seen, this.instance(key));
  }

  /** Takes the response of an own write; `wanted`: what was written into its template. */
  learnVm(raw: unknown, wanted?: RenderedVm): void {
    const vm = parseVirtualMachine(raw);
    if (wanted !== undefined) {
      this.#drift.learn(formatKey(keyOf(vm)), vm, wanted);
      this.#stored.add(formatKey(keyOf(vm)));
    }
    this.#vms.store.upsert(vm);
  }

  /** Takes the response of an own write. */
  learnMigration(raw: unknown): void {
    this.#migrations.store.upsert(Migration.parse(raw));
  }

  #follow(): void {
    this.#vms.onChange(({ type, object }) => {
      if (type === 'Deleted') this.#forget(formatKey(keyOf(object)));
      this.runOrders.see(keyOf(object), type === 'Deleted' ? undefined : object);
      this.#announce(keyOf(object));
    });
    this.#instances.onChange(({ type, object, previous }) => {
      const over = type === 'Deleted' ? object : previous;
      if (over !== undefined && (type === 'Deleted' || over.metadata.uid !== object.metadata.uid)) {
        this.ended.forget(keyOf(object), over.metadata.uid);
      }
      this.#announce(keyOf(object));
    });
    this.#migrations.onChange(({ type, object }) => {
      if (type === 'Deleted') this.#remember(object);
      this.#announce(vmOf(object));
    });
  }

  #forget(id: string): void {
    this.#drift.forget(id);
    this.#stored.delete(id);
  }

  /** How one ended that was deleted before it was over, nobody will ever say. */
  #remember(migration: Migration): void {
    if (!isOver(migration)) return;
    this.#gone.set(formatKey(keyOf(migration)), migration);
    const oldest = this.#gone.keys().next();
    if (this.#gone.size > MOST_REMEMBERED && oldest.done !== true) this.#gone.delete(oldest.value);
  }

  /** A VM that is not there needs no answer: it is not seen. */
  async #look(key: VmKey, limits: RequestLimits = {}): Promise<void> {
    try {
      this.learnVm(await new ResourceClient(this.#transport, VIRTUAL_MACHINES, limits).get(key));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** And at the VM, where a request to end it is kept. */
  async #lookAtInstance(key: VmKey, limits: RequestLimits = {}): Promise<boolean> {
    await this.#look(key, limits);
    try {
      const raw = await new ResourceClient(this.#transport, INSTANCES, limits).get(key);
      this.#instances.store.upsert(parseVirtualMachineInstance(raw));
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #migrationsOf(key: VmKey): Migration[] {
    return this.#migrations.store.byIndex(BY_VM, formatKey(key));
  }

  #announce(key: VmKey): void {
    if (this.#onChange === undefined) return;
    const id = formatKey(key);
    const now = this.#summary(key);
    if (jsonEqual(now, this.#told.get(id))) return;
    if (now === undefined) this.#told.delete(id);
    else this.#told.set(id, now);
    this.#onChange(key);
  }

  /** All that can be observed of a VM; `undefined`: nothing. */
  #summary(key: VmKey): unknown {
    const vm = this.observe(key);
    const instance = this.instance(key);
    const migrations = this.#migrationsOf(key).map((migration) =>
      observeMigration({ migration, deleted: false }, instance),
    );
    // Each change of the template counts; what of it matters is only known to who asks with what is wanted.
    const generation = this.vm(key)?.metadata.generation;
    return vm === undefined && migrations.length === 0 ? undefined : { vm, generation, migrations };
  }
}

/** A VM that is not seen, and may be there: it is not what is stored, but it may run. */
function asOrdered(vm: VirtualMachine): ObservedVm {
  const { stored, ...observed } = observeVm(vm, undefined);
  return { ...observed, stored: { ...stored, power: 'Off' }, mayRun: true };
}

function vmOf({ metadata, spec }: Migration): VmKey {
  return { namespace: metadata.namespace, name: spec.vmiName };
}
