import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type * as z from 'zod';
import { InstanceSpec } from '../../src/api/instance.ts';
import { Rescue } from '../../src/api/rescue.ts';
import { renderVm } from '../../src/domain/vm.ts';
import type { Driver, VmKey, VmOrder } from '../../src/drivers/driver.ts';
import { libvirtDriver, virshAt } from '../../src/drivers/libvirt/index.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { LibvirtSettings } from '../../src/drivers/libvirt/settings.ts';
import type { Virsh } from '../../src/drivers/libvirt/virsh.ts';
import { anIdentity } from '../builders/vm.ts';
import type { ConsoleLine } from '../libvirt-hosts/console-lines.ts';
import { startLibvirtHosts, type LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';

const NAMESPACE = 'team-a';
/** Boots wait for a processor that five others use as well. Milliseconds. */
export const DEADLINE = 90_000;

const DATA_BYTES = 4 * 2 ** 20;

export type Boot = Extract<ConsoleLine, { event: 'boot' }>;

/** A VM, as it is ordered. */
export interface TestVm {
  readonly key: VmKey;
  readonly normal: VmOrder;
  readonly rescued: VmOrder;
}

/** Real hosts with the driver over them, and what tests ask of both. */
export class LibvirtBench {
  readonly stage: LibvirtHosts;
  #names = 0;

  private constructor(stage: LibvirtHosts) {
    this.stage = stage;
  }

  static async start(count: number): Promise<LibvirtBench> {
    return new LibvirtBench(await startLibvirtHosts({ count }));
  }

  get nodes(): string[] {
    return this.stage.hosts.map(({ name }) => name);
  }

  settings(fields: Partial<z.input<typeof LibvirtSettings>> = {}): LibvirtSettings {
    const { hosts, pool } = this.stage;
    return LibvirtSettings.parse({
      hosts: Object.fromEntries(
        hosts.map(({ name, uri, migrationUri: peerUri }) => [name, { uri, peerUri }]),
      ),
      pools: { [pool]: { namespaces: [NAMESPACE], coherent: true } },
      podNetwork: { bridge: 'br0' },
      domainType: 'qemu',
      shutdownSeconds: 20,
      ...fields,
    });
  }

  /** An operator's driver; `faulty` puts faults between it and virsh. */
  newDriver(faulty: (virsh: Virsh) => Virsh = (virsh) => virsh, settings = this.settings()): Driver {
    return libvirtDriver({
      logger: pino({ level: process.env['MEDEVAC_LOG_LEVEL'] ?? 'silent' }),
      settings,
      nodes: () => [],
      mayAct: () => true,
      connect: (uri) => faulty(virshAt(uri, process.env)),
    });
  }

  /** A name that was not used before. */
  key(): VmKey {
    this.#names += 1;
    return { namespace: NAMESPACE, name: `vm-${this.#names}` };
  }

  /** Makes the disks of a VM. */
  async createDisks({ name }: VmKey): Promise<void> {
    await this.stage.createDisk(`${name}-root.img`, 'root');
    await writeFile(join(this.stage.storage, `${name}-data.img`), Buffer.alloc(DATA_BYTES));
    await this.stage.createDisk(`${name}-rescue.img`, 'rescue');
  }

  /** The orders that boot a VM of its own, normally and for its rescue; its disks are there, it is not. */
  async newVm(fields: Partial<z.input<typeof InstanceSpec>> = {}): Promise<TestVm> {
    const key = this.key();
    await this.createDisks(key);
    const spec = this.spec(key, fields);
    const identity = anIdentity(spec, randomUUID());
    const normal: VmOrder = {
      key,
      instanceUid: identity.firmwareUUID,
      vm: renderVm(spec, identity, undefined),
      power: 'On',
      deletionPolicy: 'Delete',
      node: this.nodes[0] ?? '',
    };
    return { key, normal, rescued: { ...normal, vm: renderVm(spec, identity, this.rescue(key)) } };
  }

  spec({ name }: VmKey, fields: Partial<z.input<typeof InstanceSpec>> = {}): InstanceSpec {
    const { pool } = this.stage;
    return InstanceSpec.parse({
      memory: '128Mi',
      disks: [
        { name: 'root', source: { volume: { pool, name: `${name}-root.img` } } },
        { name: 'data', source: { volume: { pool, name: `${name}-data.img` } } },
      ],
      networks: [{ name: 'default', podNetwork: {} }],
      ...fields,
    });
  }

  rescue({ name }: VmKey): Rescue {
    const volume = { pool: this.stage.pool, name: `${name}-rescue.img` };
    return Rescue.parse({ source: { volume }, device: 'Disk' });
  }

  /** What the guest that runs now has found at its boot: it says so itself, and that it is the one that runs. */
  async guest(key: VmKey): Promise<Boot> {
    const console = this.stage.console(domainName(key));
    const since = console.lines.length;
    // Of two ticks the second was not written before.
    const first = await console.waitFor(({ event }) => event === 'tick', { since });
    const ticking = await console.waitFor((line) => line.event === 'tick' && line !== first, { since });
    const boot = console.lines.find(
      (line): line is Boot => line.event === 'boot' && line.bootId === ticking.bootId,
    );
    if (boot === undefined) throw new Error(`the guest of ${key.name} ticks and has not booted`);
    return boot;
  }

  /** Names of the hosts on which something of a VM runs; asked of the hosts themselves. */
  async whereItRuns(key: VmKey): Promise<string[]> {
    const running = await Promise.all(
      this.stage.hosts.map(async (host) => ({ host, names: await host.virsh('list', '--name') })),
    );
    const name = domainName(key);
    return running.filter(({ names }) => names.split('\n').includes(name)).map(({ host }) => host.name);
  }

  stop(): Promise<void> {
    return this.stage.stop();
  }
}
