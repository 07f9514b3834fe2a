import { resolveIdentity } from '../../src/domain/identity.ts';
import type { ObservedMigration, ObservedVm, RunningVm } from '../../src/domain/observed.ts';
import { renderVm } from '../../src/domain/vm.ts';
import type { Driver, MigrationOrder, VmKey, VmOrder } from '../../src/drivers/driver.ts';
import type { DriverHarness, Scenario } from './driver-harness.ts';
import { vmListener } from '../builders/driver-listener.ts';

/** A VM that runs, and the order that it was made from. */
export interface BootedVm {
  readonly order: VmOrder;
  readonly running: RunningVm;
  readonly node: string;
}

/** The driver under test with what the rows of the contract share. */
export class Bench {
  readonly harness: DriverHarness;
  readonly driver: Driver;
  readonly #listeners = new Set<(key: VmKey) => void>();
  readonly #end = new AbortController();
  readonly #ordered: VmKey[] = [];
  #uids = 0;
  #placed = 0;

  constructor(harness: DriverHarness) {
    this.harness = harness;
    this.driver = harness.driver;
  }

  async start(): Promise<void> {
    const tell = (key: VmKey) => this.#listeners.forEach((listener) => listener(key));
    await this.driver.start(vmListener(tell), this.#end.signal);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.harness.stop();
  }

  /**
   * What the probe gives when it gives something; asked now, and then each time the driver says that this VM has
   * changed: a driver that does not tell does not pass.
   */
  until<T>(key: VmKey, what: string, probe: () => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        const value = probe();
        if (value === undefined || value === false) return;
        finish();
        resolve(value);
      };
      const listener = (changed: VmKey) => {
        if (changed.namespace === key.namespace && changed.name === key.name) attempt();
      };
      const finish = () => {
        clearTimeout(deadline);
        this.#listeners.delete(listener);
      };
      const deadline = setTimeout(() => {
        finish();
        const seen = JSON.stringify(this.driver.observe(key), undefined, 2);
        reject(new Error(`Waited ${this.harness.deadlineMs} ms in vain: ${what}. Seen last: ${seen}`));
      }, this.harness.deadlineMs);
      this.#listeners.add(listener);
      attempt();
    });
  }

  uid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`;
  }

  /** An order for a VM of its own. */
  order(scenario: Scenario = 'Plain', fields: Partial<VmOrder> = {}): VmOrder {
    const instanceUid = this.uid();
    const key = this.harness.key(scenario);
    const spec = this.harness.spec(key);
    this.#ordered.push(key);
    const identity = resolveIdentity({ uid: instanceUid, spec, frozen: undefined, ofVm: undefined });
    return {
      key,
      instanceUid,
      vm: renderVm(spec, identity, undefined),
      power: 'On',
      deletionPolicy: 'Delete',
      ...this.#place(),
      ...fields,
    };
  }

  /** The same VM, to be booted from the rescue system. */
  rescued(order: VmOrder): VmOrder {
    const { key, vm } = order;
    const { harness } = this;
    return { ...order, vm: renderVm(harness.spec(key), vm.identity, harness.rescue(key)), power: 'On' };
  }

  /** Where no scheduler is below the driver, this is it: one node after the other. */
  #place(): { node?: string } {
    if (this.driver.capabilities.placesVms) return {};
    const { nodes } = this.harness;
    this.#placed += 1;
    return { node: nodes[this.#placed % nodes.length] ?? '' };
  }

  #destination(key: VmKey): string | undefined {
    if (this.driver.capabilities.placesVms) return undefined;
    const source = this.driver.observe(key)?.running?.node;
    return this.harness.nodes.find((node) => node !== source);
  }

  async boot(scenario: Scenario = 'Plain'): Promise<BootedVm> {
    const order = this.order(scenario);
    await this.driver.define(order);
    return this.untilBooted(order);
  }

  /** Waits until the guest runs in a boot other than `than`. */
  async untilBooted(order: VmOrder, than?: string): Promise<BootedVm> {
    const running = await this.until(order.key, 'the guest runs', () => {
      const guest = this.driver.observe(order.key)?.running;
      return guest?.phase === 'Running' && guest.bootId !== than ? guest : undefined;
    });
    return { order, running, node: running.node ?? '' };
  }

  async bootRescued(scenario: Scenario = 'Plain'): Promise<BootedVm> {
    const { order, running } = await this.boot(scenario);
    const rescued = this.rescued(order);
    await this.driver.define(rescued);
    await this.driver.restart(order.key, running.bootId);
    return this.untilBooted(rescued, running.bootId);
  }

  untilGone(key: VmKey): Promise<true> {
    return this.until(key, 'the VM is gone', () => this.driver.observe(key) === undefined);
  }

  untilPowerless(key: VmKey): Promise<ObservedVm> {
    return this.until(key, 'no guest runs', () => {
      const vm = this.driver.observe(key);
      return vm?.running === undefined || vm.running.phase === 'Ended' ? vm : undefined;
    });
  }

  migration({ order }: BootedVm, fields: Partial<MigrationOrder> = {}): MigrationOrder {
    return {
      key: order.key,
      migrationUid: this.uid(),
      migrationName: 'away',
      destinationNode: this.#destination(order.key),
      destinationLabels: {},
      policy: undefined,
      ...fields,
    };
  }

  untilMigration(
    { key, migrationUid }: MigrationOrder,
    ...phases: ObservedMigration['phase'][]
  ): Promise<ObservedMigration> {
    return this.until(key, `the migration is ${phases.join(' or ')}`, () => {
      const migration = this.driver.observeMigration(key, migrationUid);
      return migration && phases.includes(migration.phase) ? migration : undefined;
    });
  }

  /** Orders a migration and waits for its end. */
  async migrate(vm: BootedVm, fields: Partial<MigrationOrder> = {}): Promise<ObservedMigration> {
    const order = this.migration(vm, fields);
    await this.driver.migrate(order);
    return this.untilMigration(order, 'Succeeded', 'Failed');
  }

  /** Removes what the last row has made: backends bound how many migrations there are at once. */
  async clear(): Promise<void> {
    await Promise.all(this.#ordered.splice(0).map((key) => this.driver.remove(key)));
  }

  /** A moment later, without a clock: another VM was made and has booted, so what was going to happen has happened. */
  async fence(): Promise<void> {
    const { order } = await this.boot();
    await this.driver.remove(order.key);
  }

  /** A longer moment: another VM was made, has booted and was moved. */
  async migrationFence(): Promise<void> {
    const vm = await this.boot();
    await this.migrate(vm);
    await this.driver.remove(vm.order.key);
  }
}
