import { expect } from '@jest/globals';
import type { MigrationPolicy } from '../../src/api/live-migration.ts';
import { isOver, type ObservedMigration, type RunningVm } from '../../src/domain/observed.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { Driver, MigrationOrder, VmKey, VmOrder } from '../../src/drivers/driver.ts';
import type { LibvirtSettings } from '../../src/drivers/libvirt/settings.ts';
import { vmListener } from '../builders/driver-listener.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE, type LibvirtBench } from './bench.ts';
import { MortalVirsh } from './mortal-virsh.ts';

/** An operator, as far as the driver meets it: it gives an order again until it sees what it has ordered. */
export class Operator {
  readonly driver: Driver;
  readonly virsh = new MortalVirsh();
  readonly #bench: LibvirtBench;
  readonly #end = new AbortController();

  private constructor(bench: LibvirtBench, settings: LibvirtSettings) {
    this.#bench = bench;
    this.driver = bench.newDriver((virsh) => this.virsh.over(virsh), settings);
  }

  /** One that has just begun: it knows what it sees. */
  static async begin(bench: LibvirtBench, settings = bench.settings()): Promise<Operator> {
    const operator = new Operator(bench, settings);
    await operator.driver.start(
      vmListener(() => undefined),
      operator.#end.signal,
    );
    return operator;
  }

  /** It is killed: nothing that it was about to do is done any more. */
  die(): void {
    this.virsh.die();
    this.#end.abort();
  }

  /** Has a VM boot what is ordered, however it is booted now; resolves when that runs. */
  bring(order: VmOrder): Promise<RunningVm> {
    const { specHash, mode } = order.vm.boot;
    const { driver } = this;
    return waitFor(
      `a ${mode} boot of ${order.key.name}`,
      async () => {
        const { stored, running } = driver.observe(order.key) ?? {};
        if (stored?.boot.specHash !== specHash || stored.power !== order.power) await driver.define(order);
        else if (running === undefined) return undefined;
        else if (running.boot.specHash !== specHash) await driver.restart(order.key, running.bootId);
        else return running.phase === 'Running' && running;
        return undefined;
      },
      { timeoutMs: DEADLINE },
    );
  }

  /** A migration to another host: of two, the one where the VM is not. */
  migration({ key }: Pick<VmOrder, 'key'>, policy: Partial<MigrationPolicy> = {}): MigrationOrder {
    const node = this.driver.observe(key)?.running?.node;
    return {
      key,
      migrationUid: crypto.randomUUID(),
      migrationName: 'away',
      destinationNode: this.#bench.nodes.find((name) => name !== node),
      destinationLabels: {},
      policy: { onTimeout: 'Abort', ...policy },
    };
  }

  /** Orders a migration; resolves when its transfer is under way. */
  async send(order: MigrationOrder): Promise<MigrationOrder> {
    expect(await this.driver.migrate(order)).toEqual(ACCEPTED);
    await this.untilMigration(order, 'the transfer', ({ phase }) => phase === 'Running');
    return order;
  }

  untilMigration(
    { key, migrationUid }: MigrationOrder,
    what: string,
    isIt: (seen: ObservedMigration) => boolean,
  ): Promise<ObservedMigration> {
    return waitFor(
      what,
      () => {
        const seen = this.driver.observeMigration(key, migrationUid);
        return seen !== undefined && isIt(seen) && seen;
      },
      { timeoutMs: DEADLINE },
    );
  }

  /** The end of a migration. The guest runs on one host then, and on the one that the end says. */
  async endOf(order: MigrationOrder): Promise<ObservedMigration> {
    const end = await this.untilMigration(order, 'the end of the migration', isOver);
    const node = end.phase === 'Succeeded' ? end.destination : end.source;
    expect(await this.#bench.whereItRuns(order.key)).toEqual([node]);
    expect(this.driver.observe(order.key)?.running).toMatchObject({ node, phase: 'Running' });
    return end;
  }

  /** Waits until a host is, or is not, heard of. */
  untilReady(node: string, want: boolean): Promise<true> {
    return waitFor(
      `${node} is ${want ? '' : 'not '}heard of`,
      () => this.driver.observeNode(node)?.ready === want,
      {
        timeoutMs: DEADLINE,
      },
    );
  }

  running(key: VmKey): RunningVm | undefined {
    return this.driver.observe(key)?.running;
  }
}
