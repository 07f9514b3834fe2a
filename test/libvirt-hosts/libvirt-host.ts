import { readFile } from 'node:fs/promises';
import { run } from './commands.ts';
import type { HostIdentity } from './host-files.ts';
import { HostMachine } from './host-machine.ts';
import type { HostNetwork } from './network.ts';
import { endProcess, processesIn } from './removal.ts';

interface Place {
  readonly folder: string;
  readonly namespace: string;
  readonly network: HostNetwork;
  readonly index: number;
  /** Where a client from the outside has its keys. */
  readonly keys: string;
}

/** One libvirt host, as a test sees it. */
export class LibvirtHost {
  /** Its hostname, and the name that the hosts know each other under. */
  readonly name: string;
  readonly address: string;
  /** For who stands outside of the hosts, as the operator does. */
  readonly uri: string;
  /** For the other hosts, which migrate guests to this one. */
  readonly migrationUri: string;
  readonly #machine: HostMachine;
  readonly #place: Place;

  private constructor({ name, address }: HostIdentity, machine: HostMachine, place: Place) {
    this.name = name;
    this.address = address;
    this.uri = `qemu+tls://${address}/system?pkipath=${place.keys}`;
    this.migrationUri = `qemu+tls://${name}/system`;
    this.#machine = machine;
    this.#place = place;
  }

  static async start(identity: HostIdentity, place: Place): Promise<LibvirtHost> {
    const machine = await HostMachine.boot(place.folder, identity.name, place.namespace);
    const host = new LibvirtHost(identity, machine, place);
    await host.startDaemon();
    return host;
  }

  /** Runs virsh from the outside; resolves to what it printed, rejects with what it said of the failure. */
  virsh(...args: readonly string[]): Promise<string> {
    return run('virsh', '--quiet', '--connect', this.uri, ...args);
  }

  /** Runs a program on the host: with its files, its name and its network. */
  run(program: string, ...args: readonly string[]): Promise<string> {
    return this.#machine.run(program, ...args);
  }

  /** Defines the pool that the hosts have in common. */
  async share(pool: string, folder: string): Promise<void> {
    await this.virsh('pool-define-as', pool, 'dir', '--target', folder);
    await this.virsh('pool-autostart', pool);
    await this.virsh('pool-start', pool);
    // Asks QEMU what it can do, which the first guest would otherwise wait for.
    await this.virsh('capabilities');
  }

  /** Its network loses every packet, both ways, and nobody is told. */
  cut(): Promise<void> {
    return this.#place.network.cut(this.#place.index);
  }

  /** Undoes `cut`. */
  heal(): Promise<void> {
    return this.#place.network.heal(this.#place.index);
  }

  /** Ends libvirtd; guests go on. Resolves when it is gone. */
  stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.#machine.stopDaemon(signal);
  }

  /** Starts libvirtd, which must not run; resolves when it answers. */
  startDaemon(): Promise<void> {
    return this.#machine.startDaemon();
  }

  /** As when its power fails: libvirtd and all guests are gone at once, what is stored stays. `startDaemon` switches it on. */
  async switchOff(): Promise<void> {
    await this.stopDaemon('SIGKILL');
    for (const pid of await processesIn(this.#place.namespace)) {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      if (name.startsWith('qemu')) endProcess(pid);
    }
  }

  /** Empties /etc/libvirt/qemu and /var/lib/libvirt, with libvirtd stopped meanwhile. No guest may run there. */
  async wipe(): Promise<void> {
    await this.stopDaemon();
    await this.#machine.empty();
    await this.startDaemon();
  }
}
