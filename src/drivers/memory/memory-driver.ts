import { unsupportedMigrationFields, type DriverCapabilities } from '../../domain/capabilities.ts';
import type {
  ObservedHypervisor,
  ObservedMigration,
  ObservedNode,
  ObservedVm,
} from '../../domain/observed.ts';
import { ACCEPTED, type Outcome } from '../../domain/outcome.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { driverErrors } from '../driver-errors.ts';
import type { ClaimOrder, Driver, DriverListener, MigrationOrder, VmKey, VmOrder } from '../driver.ts';
import { Machine } from './machine.ts';
import { placeOn } from './placement.ts';
import {
  DEFAULT_DELAYS,
  type CancelTimer,
  type MemoryClock,
  type MemoryDelays,
  type MemoryPlacement,
} from './settings.ts';
import type { Surroundings } from './surroundings.ts';
import { Transfer } from './transfer.ts';

export interface MemoryDriverOptions {
  readonly clock: MemoryClock;
  /** Those that are left out are as in `DEFAULT_DELAYS`. */
  readonly delays?: Partial<MemoryDelays>;
  /** Default: ByBackend. */
  readonly placement?: MemoryPlacement;
  /** The nodes that VMs may be on, as they are at the moment of the call. */
  nodes(): readonly ObservedNode[];
}

const HYPERVISOR: ObservedHypervisor = {
  ready: true,
  accepting: true,
  version: 'v1.0.0',
  validUntil: undefined,
};

interface Entry {
  readonly machine: Machine;
  /** By uid of the LiveMigration. */
  readonly transfers: Map<string, Transfer>;
  readonly surroundings: Surroundings;
}

/**
 * VMs that exist in this process alone: they boot after a delay, restart, migrate with progress, fail and are aborted,
 * and nothing of them survives the end of the process. For tests, and for trying the operator without a hypervisor.
 * The name of a VM chooses what goes wrong with it (see `Behaviour`).
 */
export class MemoryDriver implements Driver {
  readonly name = 'memory';
  readonly capabilities: DriverCapabilities;
  readonly #options: MemoryDriverOptions;
  readonly #delays: MemoryDelays;
  readonly #entries = new Map<string, Entry>();
  readonly #timers = new Set<CancelTimer>();
  #onChange: (key: VmKey) => void = () => undefined;
  #stopped = false;
  #names = 0;

  constructor(options: MemoryDriverOptions) {
    this.#options = options;
    this.capabilities = capabilitiesOf(options);
    this.#delays = { ...DEFAULT_DELAYS, ...options.delays };
  }

  /** There is nothing to see at first. When the signal is aborted, time stops for all VMs. */
  start(listener: DriverListener, signal: AbortSignal): Promise<void> {
    this.#onChange = (key) => listener.vmChanged(key);
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    if (signal.aborted) this.#stop();
    return Promise.resolve();
  }

  observe(key: VmKey, wanted?: RenderedVm): ObservedVm | undefined {
    return this.#entry(key)?.machine.observe(wanted);
  }

  /** Busy: it would stop a VM that is being migrated. */
  define(order: VmOrder): Promise<Outcome> {
    const entry = this.#entry(order.key);
    if (entry === undefined) return this.#create(order);
    if (entry.machine.instanceUid !== order.instanceUid) {
      return answer(driverErrors.rejected(`VM ${pathOf(order.key)} belongs to somebody else.`));
    }
    if (order.power === 'Off' && isMigrating(entry)) return answer(migrating(order.key));
    entry.machine.define(order);
    return answer(ACCEPTED);
  }

  claim(order: ClaimOrder): Promise<Outcome> {
    const machine = this.#entry(order.key)?.machine;
    if (machine?.uid !== order.vmUid) {
      return answer(driverErrors.notFound(`VM ${pathOf(order.key)} is gone.`));
    }
    machine.claim(order);
    return answer(ACCEPTED);
  }

  /** Every node has one, and it never changes. */
  observeNode(name: string): ObservedHypervisor | undefined {
    return this.#hasNode(name) ? HYPERVISOR : undefined;
  }

  restart(key: VmKey, bootId: string): Promise<Outcome> {
    const entry = this.#entry(key);
    if (entry === undefined) return answer(driverErrors.notFound(`There is no VM ${pathOf(key)}.`));
    if (entry.machine.guest?.bootId !== bootId) return answer(ACCEPTED);
    if (isMigrating(entry)) return answer(migrating(key));
    entry.machine.restart(bootId);
    return answer(ACCEPTED);
  }

  remove(key: VmKey): Promise<Outcome> {
    const entry = this.#entry(key);
    if (entry === undefined) return answer(ACCEPTED);
    for (const transfer of entry.transfers.values()) transfer.destroy();
    entry.machine.destroy();
    this.#entries.delete(pathOf(key));
    this.#onChange(key);
    return answer(ACCEPTED);
  }

  /** Rejected: there is no such VM, it does not run, or its name says that it can't be migrated. */
  migrate(order: MigrationOrder): Promise<Outcome> {
    const { key, migrationUid, policy } = order;
    const entry = this.#entry(key);
    if (entry?.transfers.has(migrationUid) === true) return answer(ACCEPTED);
    const fields = unsupportedMigrationFields({ policy, forceComplete: false }, this.capabilities);
    if (fields.length > 0) {
      return answer(driverErrors.unsupported(`Driver memory can't honour ${fields.join(', ')}.`));
    }
    if (entry?.machine.guest === undefined) {
      return answer(driverErrors.rejected(`VM ${pathOf(key)} does not run.`));
    }
    if (isMigrating(entry)) return answer(migrating(key));
    const obstacle = this.#obstacleTo(order, entry.machine);
    if (obstacle !== undefined) return answer(driverErrors.rejected(obstacle));
    entry.transfers.set(migrationUid, new Transfer(order, entry.machine, entry.surroundings));
    this.#onChange(key);
    return answer(ACCEPTED);
  }

  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined {
    return this.#entry(key)?.transfers.get(migrationUid)?.observe();
  }

  abortMigration(key: VmKey, migrationUid: string): Promise<Outcome> {
    const transfer = this.#entry(key)?.transfers.get(migrationUid);
    if (transfer === undefined)
      return answer(driverErrors.notFound(`VM ${pathOf(key)} is not being migrated.`));
    transfer.abort();
    return answer(ACCEPTED);
  }

  /** Somebody changes these fields of what is stored: for tests. */
  tamper(key: VmKey, ...paths: readonly string[]): void {
    this.#entry(key)?.machine.tamper(...paths);
  }

  /** What the guest was booted from, as it sees it: for tests. */
  bootedVm(key: VmKey): RenderedVm | undefined {
    return this.#entry(key)?.machine.guest?.vm;
  }

  #create(order: VmOrder): Promise<Outcome> {
    const isTold = !this.capabilities.placesVms;
    if (isTold && !this.#hasNode(order.node)) {
      const why =
        order.node === undefined ? 'no node was chosen for it' : `node "${order.node}" is not there`;
      return answer(driverErrors.rejected(`VM ${pathOf(order.key)}: ${why}.`));
    }
    const surroundings = this.#surroundingsOf(order.key);
    const machine = new Machine(order, surroundings, isTold ? order.node : undefined);
    this.#entries.set(pathOf(order.key), { machine, transfers: new Map(), surroundings });
    this.#onChange(order.key);
    return answer(ACCEPTED);
  }

  #surroundingsOf(key: VmKey): Surroundings {
    return {
      delays: this.#delays,
      now: () => this.#options.clock.now(),
      later: (ms, callback) => this.#later(ms, callback),
      place: (request) => placeOn(this.#options.nodes(), request, (node) => this.#load(node)),
      unique: (prefix) => `${prefix}-${(this.#names += 1)}`,
      changed: () => this.#onChange(key),
    };
  }

  #later(ms: number, callback: () => void): CancelTimer {
    if (this.#stopped) return () => undefined;
    const cancelTimer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(cancel);
      callback();
    }, ms);
    const cancel = () => {
      this.#timers.delete(cancel);
      cancelTimer();
    };
    this.#timers.add(cancel);
    return cancel;
  }

  #obstacleTo({ key, destinationNode }: MigrationOrder, machine: Machine): string | undefined {
    const isFit = this.#hasNode(destinationNode) && destinationNode !== machine.guest?.node;
    return this.capabilities.placesVms || isFit
      ? machine.observe().running?.notMigratable?.message
      : `VM ${pathOf(key)} can't be moved to node "${destinationNode ?? ''}".`;
  }

  #hasNode(wanted: string | undefined): boolean {
    return this.#options.nodes().some(({ name }) => name === wanted);
  }

  #load(node: string): number {
    return [...this.#entries.values()].filter(({ machine }) => machine.guest?.node === node).length;
  }

  #entry(key: VmKey): Entry | undefined {
    return this.#entries.get(pathOf(key));
  }

  #stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
  }
}

function capabilitiesOf({ placement = 'ByBackend' }: MemoryDriverOptions): DriverCapabilities {
  return {
    diskSources: ['persistentVolumeClaim', 'dataVolume', 'containerDisk', 'cloudInit', 'volume'],
    nativeTemplate: false,
    followsOwnerReferences: false,
    placesVms: placement === 'ByBackend',
    migrateRescued: true,
    abort: true,
    postCopy: false,
    // Nothing ever writes to the memory of these guests: there is nothing to slow down and no pause to force.
    autoConverge: false,
    forceComplete: false,
    bandwidth: true,
  };
}

function isMigrating({ transfers }: Entry): boolean {
  return [...transfers.values()].some(({ isOver }) => !isOver);
}

function migrating(key: VmKey): Outcome {
  return driverErrors.busy(`VM ${pathOf(key)} is being migrated.`);
}

function pathOf({ namespace, name }: VmKey): string {
  return `${namespace}/${name}`;
}

function answer(outcome: Outcome): Promise<Outcome> {
  return Promise.resolve(outcome);
}
