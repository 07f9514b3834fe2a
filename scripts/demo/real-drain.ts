import { domainName } from '../../src/drivers/libvirt/names.ts';
import { bootOf, downtime, longestGap, ticksSince } from '../../test/libvirt-e2e/witness.ts';
import type { LibvirtHosts } from '../../test/libvirt-hosts/libvirt-hosts.ts';
import type { DrainBackstage, Drained, Witness } from './drain-backstage.ts';
import type { Narrator } from './narrator.ts';

const VMS = ['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5', 'vm-6'];
const RESCUED = ['vm-2', 'vm-5'];
/** MiB a second: a guest has some tens of MiB to send. */
const BANDWIDTH = 8;

/** The drain of a real host, whose guests tick on their consoles. */
export class RealDrain implements DrainBackstage {
  readonly manifests = 'examples/libvirt/drain-vms.yaml';
  readonly drained = 'host-1';
  readonly others = ['host-2', 'host-3'];
  /** No kubelet's DaemonSets, no storage in pods, and kubectl knows who owns an anchor. */
  readonly flags = [];
  /** Six guests that boot at the same time. */
  readonly patience = 240_000;
  readonly #hosts: LibvirtHosts;

  private constructor(hosts: LibvirtHosts) {
    this.#hosts = hosts;
  }

  /** Makes the disks that the manifests name. */
  static async prepare(hosts: LibvirtHosts, narrator: Narrator): Promise<RealDrain> {
    for (const name of VMS) await hosts.createDisk(`${name}-root.img`, 'root');
    for (const name of RESCUED) await hosts.createDisk(`${name}-rescue.img`, 'rescue');
    narrator.seen(`pool ${hosts.pool} has the root disks of six VMs, and the rescue disks of two`);
    return new RealDrain(hosts);
  }

  async slowDown({ key, node }: Drained): Promise<void> {
    await this.#hosts.host(node).virsh('migrate-setspeed', domainName(key), String(BANDWIDTH));
  }

  /** The guest is a witness itself: it counts the seconds of its boot. */
  async witness({ key }: Drained): Promise<Witness> {
    const console = this.#hosts.console(domainName(key));
    await bootOf(console);
    const mark = console.lines.length - 1;
    return {
      testify: async (node) => {
        await console.waitFor(({ event, host }) => event === 'tick' && host === node, { since: mark });
        const ticks = ticksSince(console, mark);
        const [first, last] = [ticks[0], ticks.at(-1)];
        const pause = longestGap(ticks) / 1_000;
        return {
          secondsDown: downtime(ticks) / 1_000,
          words: `it ticked from ${first?.n ?? '?'} to ${last?.n ?? '?'}, its longest pause was ${pause} s`,
        };
      },
    };
  }
}
