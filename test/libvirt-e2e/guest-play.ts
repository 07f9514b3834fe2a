import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import type { InstanceSpec } from '../../src/api/instance.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { Play } from '../e2e/play.ts';
import type { GuestConsole } from '../libvirt-hosts/guest-console.ts';
import type { GuestOrder, LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';
import type { Stage } from '../support/stage.ts';
import { bootOf, ticksOf, type Boot, type Tick } from './witness.ts';

/** Guests without KVM boot on a machine that others use as well. Milliseconds. */
export const PATIENCE = 120_000;

const DATA_BYTES = 4 * 2 ** 20;

/** An Instance on real hosts: what is done to it by kubectl, and what its guest says. */
export class GuestPlay extends Play {
  /** Of its domain, on whichever host that is. */
  readonly domain: string;
  readonly console: GuestConsole;
  readonly #hosts: LibvirtHosts;

  private constructor(stage: Stage, hosts: LibvirtHosts, name: string) {
    super(stage, name, PATIENCE);
    this.domain = domainName({ namespace: stage.namespace, name });
    this.console = hosts.console(this.domain);
    this.#hosts = hosts;
  }

  /** With disks for an Instance of that name, which is not there yet. */
  static async prepare(stage: Stage, hosts: LibvirtHosts, name: string): Promise<GuestPlay> {
    await hosts.createDisk(`${name}-root.img`, 'root');
    await writeFile(join(hosts.storage, `${name}-data.img`), Buffer.alloc(DATA_BYTES));
    await hosts.createDisk(`${name}-rescue.img`, 'rescue');
    return new GuestPlay(stage, hosts, name);
  }

  /** A root and a data disk, and any node. */
  get normal(): Partial<z.input<typeof InstanceSpec>> {
    const disks = ['root', 'data'].map((name) => ({ name, source: this.#volume(name) }));
    return { memory: '128Mi', disks, placement: {} };
  }

  /** The same, rescued. */
  get inRescue(): Partial<z.input<typeof InstanceSpec>> {
    return { ...this.normal, rescue: { source: this.#volume('rescue'), device: 'Disk' } };
  }

  /** Tells the system of one of its disks, which must run, to do something, and waits until it says that it will. */
  async order(system: 'root' | 'rescue', order: GuestOrder): Promise<void> {
    const since = this.console.lines.length;
    await this.#hosts.order(`${this.name}-${system}.img`, order);
    await this.console.waitFor((line) => line.event === 'order' && line.order === order, { since });
  }

  /** What the guest that runs now has found at its boot. */
  boot(): Promise<Boot> {
    return bootOf(this.console);
  }

  /** All ticks of a boot, up to one on that host. */
  ticks(bootId: string, host: string): Promise<Tick[]> {
    return ticksOf(this.console, { bootId, host });
  }

  #volume(part: string) {
    return { volume: { pool: this.#hosts.pool, name: `${this.name}-${part}.img` } };
  }
}
