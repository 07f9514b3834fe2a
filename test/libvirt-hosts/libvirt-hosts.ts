/** Real libvirt hosts on one machine, for tests and the demo: README.md says what they are and how they are used. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createCertificateAuthority } from '../control-plane/certificates.ts';
import { commandEnvironment, hasEnded } from './commands.ts';
import { GuestConsole } from './guest-console.ts';
import { guestImage, ORDER_SECTOR, SECTOR, writeAt, type GuestSystem } from './guest/images.ts';
import { writeClientKeys, writeHostFiles, type HostIdentity } from './host-files.ts';
import { LibvirtHost } from './libvirt-host.ts';
import { folderName, namespaceName } from './names.ts';
import { HostNetwork } from './network.ts';
import { missingForHosts } from './prerequisites.ts';
import { giveCapabilities, keepCapabilities } from './qemu-capabilities.ts';
import { KEEPER, removeLeftovers } from './removal.ts';

/** What the system of a disk can be told to do, from inside. `dirty N` rewrites N MiB without end; `dirty 0` ends that. */
export type GuestOrder = 'poweroff' | 'reboot' | 'crash' | `dirty ${number}`;

export interface LibvirtHostsOptions {
  readonly count: number;
  /** Told what takes long. */
  readonly progress?: (what: string) => void;
}

export interface LibvirtHosts {
  readonly hosts: readonly LibvirtHost[];
  /** The host of that name. @throws where there is none */
  host(name: string): LibvirtHost;
  /** Own temp folder; gone after `stop`. Each host's daemons log to `<host>/libvirtd.out` in there. */
  readonly folder: string;
  /** The folder of disks, the same path here and on each host. */
  readonly storage: string;
  /** Name of the pool of that folder, on each host. */
  readonly pool: string;
  /** Puts a disk with a system into the shared folder; resolves to its path. An existing one is overwritten. */
  createDisk(name: string, system: GuestSystem): Promise<string>;
  /** Tells the system of a disk, which must run: it obeys within about a second, once. */
  order(disk: string, order: GuestOrder): Promise<void>;
  /** Follows the serial console of a domain from now on, with what is there already. The same for the same domain. */
  console(domain: string): GuestConsole;
  /** Ends everything at once. A second call waits for the same end. */
  stop(): Promise<void>;
}

const POOL = 'shared';

/**
 * Starts hosts; resolves when each answers. They end with `stop`, and also when this process ends in whatever way. What
 * earlier runs left behind, should their keeper have been killed as well, is removed. Throws where there can be none.
 */
export async function startLibvirtHosts(options: LibvirtHostsOptions): Promise<LibvirtHosts> {
  const missing = missingForHosts();
  if (missing !== undefined) throw new Error(`There can be no libvirt hosts: ${missing}`);
  await removeLeftovers();
  const keeper = await startKeeper();
  try {
    return await startWith(keeper, options);
  } catch (error) {
    await end(keeper);
    throw error;
  }
}

async function startWith(keeper: Keeper, options: LibvirtHostsOptions): Promise<LibvirtHosts> {
  const folder = folderName(keeper.pid);
  const [storage, keys] = [join(folder, 'storage'), join(folder, 'keys')];
  await mkdir(storage);
  const hosts = await startHosts({ keeper: keeper.pid, folder, storage, keys }, options.count);
  const consoles = new Map<string, GuestConsole>();
  function followed(domain: string): GuestConsole {
    const logs = hosts.map(({ name }) => ({
      host: name,
      path: join(folder, name, 'log', 'qemu', `${domain}-serial0.log`),
    }));
    const console = consoles.get(domain) ?? new GuestConsole(domain, logs);
    consoles.set(domain, console);
    return console;
  }
  return {
    hosts,
    host: (name) => {
      const host = hosts.find((one) => one.name === name);
      if (host === undefined) throw new Error(`there is no host ${name}`);
      return host;
    },
    folder,
    storage,
    pool: POOL,
    createDisk: async (name, system) => {
      const path = join(storage, name);
      await copyFile(await guestImage(system, options.progress), path);
      return path;
    },
    order: (disk, order) =>
      writeAt(join(storage, disk), ORDER_SECTOR * SECTOR, Buffer.from(order.padEnd(SECTOR, '\0'))),
    console: followed,
    stop: async () => {
      for (const console of consoles.values()) await console.stop();
      await end(keeper);
    },
  };
}

interface Place {
  readonly keeper: number;
  readonly folder: string;
  readonly storage: string;
  readonly keys: string;
}

async function startHosts(place: Place, count: number): Promise<LibvirtHost[]> {
  const network = await HostNetwork.create(place.keeper);
  const authority = await createCertificateAuthority('medevac libvirt hosts');
  await writeClientKeys(place.keys, authority);
  const identities = Array.from({ length: count }, (_, position): HostIdentity => {
    return { name: `host-${position + 1}`, address: network.addressOf(position + 1) };
  });
  async function start(identity: HostIdentity, position: number): Promise<LibvirtHost> {
    const folder = join(place.folder, identity.name);
    await writeHostFiles(folder, identity, { authority, others: identities });
    await giveCapabilities(folder);
    const index = position + 1;
    await network.plugIn(index);
    const namespace = namespaceName(place.keeper, index);
    const host = await LibvirtHost.start(identity, { folder, namespace, network, index, keys: place.keys });
    await host.share(POOL, place.storage);
    if (index === 1) await keepCapabilities(folder);
    return host;
  }
  // The first one may have to find out what QEMU can do, for all.
  const [first, ...others] = identities;
  const hosts = first === undefined ? [] : [await start(first, 0)];
  const starts = others.map((identity, position) => start(identity, position + 1));
  // All of them, so that nothing is still being made when what was made is removed.
  await Promise.allSettled(starts);
  return [...hosts, ...(await Promise.all(starts))];
}

interface Keeper {
  readonly pid: number;
  readonly process: ChildProcess;
}

async function startKeeper(): Promise<Keeper> {
  const child = spawn(process.execPath, [KEEPER], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: commandEnvironment(),
  });
  child.stdin.on('error', () => undefined);
  const ready = once(createInterface({ input: child.stdout }), 'line');
  const outcome = await Promise.race([ready, once(child, 'exit').then(() => undefined)]);
  if (outcome === undefined || child.pid === undefined)
    throw new Error('The keeper of the hosts did not start');
  return { pid: child.pid, process: child };
}

async function end({ process: child }: Keeper): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.stdin?.end();
  const [code] = (await gone) as [number | null];
  if (code !== 0) throw new Error('The keeper of the hosts could not remove all of them');
}
