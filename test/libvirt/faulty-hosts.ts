import { keyOfDomain, domainName, pathOf } from '../../src/drivers/libvirt/names.ts';
import type { Virsh, VirshResult } from '../../src/drivers/libvirt/virsh.ts';
import type { VmKey } from '../../src/drivers/driver.ts';
import type { Scenario } from '../contract/driver-harness.ts';
import { waitFor } from '../support/wait.ts';
import type { LibvirtBench } from './bench.ts';

/** MiB that a guest rewrites without end, where a transfer is to be long. */
const DIRTY = 32;

/** MiB a second: a guest that does not write has some tens of MiB to send. */
const BANDWIDTH = { LongMigration: '1', MigrationFails: '1', AbortTooLate: '8', BootFails: '8' } as const;

/** What goes wrong with VMs of the contract, on hosts that are real: each fault is one that a network or a user can make. */
export class FaultyHosts {
  readonly #bench: LibvirtBench;
  readonly #scenarios = new Map<string, Scenario>();
  readonly #provided = new Map<string, Promise<void>>();

  constructor(bench: LibvirtBench) {
    this.#bench = bench;
  }

  arrange(key: VmKey, scenario: Scenario): void {
    this.#scenarios.set(pathOf(key), scenario);
  }

  /** BootFails: there are none. */
  async provideDisks(key: VmKey): Promise<void> {
    const path = pathOf(key);
    if (this.#scenarios.get(path) === 'BootFails') return;
    const provided = this.#provided.get(path) ?? this.#bench.createDisks(key);
    this.#provided.set(path, provided);
    await provided;
  }

  /** A virsh that sends migrations over a slow link, breaks them, or loses the order to abort. */
  between(virsh: Virsh): Virsh {
    return {
      ...virsh,
      run: async (args, call): Promise<VirshResult> => {
        const key = args.map(keyOfDomain).find((found) => found !== undefined);
        const scenario = (key && this.#scenarios.get(pathOf(key))) ?? 'Plain';
        if (key === undefined || scenario === 'Plain') return virsh.run(args, call);
        if (args[0] === 'domjobabort' && scenario === 'AbortTooLate') return { kind: 'Done', stdout: '' };
        if (args[0] !== 'migrate') return virsh.run(args, call);
        if (scenario === 'LongMigration') await this.#dirty(key);
        if (scenario === 'MigrationFails') void this.#breakTransfer(key);
        return virsh.run(['migrate', '--bandwidth', BANDWIDTH[scenario], ...args.slice(1)], call);
      },
    };
  }

  /** The guest writes faster than the link is: its transfer never ends by itself. */
  async #dirty(key: VmKey): Promise<void> {
    const { system } = await this.#bench.guest(key);
    await this.#bench.stage.order(`${key.name}-${system}.img`, `dirty ${DIRTY}`);
    await this.#bench.stage
      .console(domainName(key))
      .waitFor((line) => line.event === 'order' && line.order.startsWith('dirty'));
  }

  /** Somebody ends the guest that comes in, at the destination. */
  async #breakTransfer(key: VmKey): Promise<void> {
    await waitFor(
      'the incoming guest is ended',
      async () => {
        for (const host of this.#bench.stage.hosts) {
          const state = await host.virsh('domstate', domainName(key), '--reason').catch(() => '');
          if (!state.startsWith('paused (migrating)')) continue;
          await host.virsh('destroy', domainName(key));
          return true;
        }
        return false;
      },
      { timeoutMs: DEADLINE_OF_FAULTS },
    );
  }
}

const DEADLINE_OF_FAULTS = 60_000;
