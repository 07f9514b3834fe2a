import type { MigrationPolicy } from '../../src/api/live-migration.ts';
import { isOver, type ObservedMigration, type RunningVm } from '../../src/domain/observed.ts';
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

  /** Has a VM boot what is ordered, however it is booted now; resolves when that runs. Rejects when it is killed. */
  async bring(order: VmOrder): Promise<RunningVm> {
    const { signal } = this.#end;
    const step = async () => (signal.aborted ? 'Killed' : this.#bringStep(order));
    const what = `a ${order.vm.boot.mode} boot of ${order.key.name}`;
    const running = await waitFor(what, step, { timeoutMs: DEADLINE });
    if (running === 'Killed') throw new Error(`killed while it waited for ${what}`);
    return running;
  }

  async #bringStep(order: VmOrder): Promise<RunningVm | undefined> {
    const { driver } = this;
    const { specHash } = order.vm.boot;
    const { stored, running } = driver.observe(order.key) ?? {};
    if (stored?.boot.specHash !== specHash || stored.power !== order.power) await driver.define(order);
    else if (running !== undefined && running.boot.specHash !== specHash) {
      await driver.restart(order.key, running.bootId);
    } else if (running?.phase === 'Running') return running;
    return undefined;
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
    const outcome = await this.driver.migrate(order);
    if (outcome.kind !== 'Accepted') throw new Error(`not sent: ${outcome.kind}`);
    await this.untilMigration(order, 'the transfer', ({ phase }) => phase === 'Running');
    return order;
  }

  /** Orders a transfer to be forced to its end; until it has begun, that is asked again. */
  force(order: MigrationOrder): Promise<true> {
    return waitFor(
      'the transfer is forced',
      async () => (await this.driver.migrate({ ...order, completion: 'Forced' })).kind === 'Accepted',
      { timeoutMs: DEADLINE },
    );
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
    const hosts = await this.#bench.whereItRuns(order.key);
    const running = this.running(order.key);
    if (hosts.join() === node && running?.node === node && running.phase === 'Running') return end;
    const seen = JSON.stringify({ end, running });
    throw new Error(`the guest runs on ${hosts.join(' and ') || 'no host'}, but ${seen}`);
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
