import type { Logger } from 'pino';
import type { DriverListener, VmKey } from '../driver.ts';
import { LibvirtHost } from './host.ts';
import { domainName, keyOfDomain } from './names.ts';
import { addressOf, type LibvirtSettings } from './settings.ts';
import { viewOf, type Place, type VmView } from './view.ts';
import type { Virsh } from './virsh.ts';

export interface FleetParts {
  readonly settings: LibvirtSettings;
  readonly logger: Logger;
  /** Names of the nodes that there are; those of the configuration are looked for in any case. */
  nodes(): readonly string[];
  /** Whether it is certain that nothing runs on a node any more. */
  isFenced(node: string): boolean;
  /** virsh that speaks to a URI. */
  connect(uri: string): Virsh;
}

/** All libvirt hosts; each is watched from the moment that its node is known. */
export class Fleet {
  readonly #parts: FleetParts;
  readonly #hosts = new Map<string, LibvirtHost>();
  #start: { readonly listener: DriverListener; readonly signal: AbortSignal } | undefined;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  /** Resolves when each host was listed once, or could not be. */
  async start(listener: DriverListener, signal: AbortSignal): Promise<void> {
    this.#start = { listener, signal };
    const names = new Set([...Object.keys(this.#parts.settings.hosts), ...this.#parts.nodes()]);
    const hosts = [...names].flatMap((name) => this.host(name) ?? []);
    await Promise.all(hosts.map(({ seen }) => seen));
  }

  /** The host of that name; `undefined`: the configuration has no such host. */
  host(node: string): LibvirtHost | undefined {
    const known = this.#hosts.get(node);
    if (known !== undefined || this.#start === undefined) return known;
    const address = addressOf(node, this.#parts.settings);
    if (address === undefined) return undefined;
    const { listener, signal } = this.#start;
    const host = new LibvirtHost({
      node,
      address,
      virsh: this.#parts.connect(address.uri),
      machineType: this.#parts.settings.machineTypes.q35,
      logger: this.#parts.logger,
      listener: {
        domainChanged: (name) => this.#domainChanged(name),
        hostChanged: () => {
          listener.hypervisorChanged(node);
          // What is remembered of them counts again, or counts no more.
          for (const name of host.names) this.#domainChanged(name);
        },
      },
      signal,
    });
    this.#hosts.set(node, host);
    void host.watch();
    return host;
  }

  /** A VM on all hosts, as last seen; `undefined`: it is on none. What a host that is fenced had is gone until it is back. */
  view(key: VmKey): VmView | undefined {
    const name = domainName(key);
    const places: Place[] = [];
    for (const [node, host] of this.#hosts) {
      const isGone = !host.isConnected && this.#parts.isFenced(node);
      const domain = isGone ? undefined : host.domain(name);
      if (domain !== undefined) places.push({ node, ...domain });
    }
    return viewOf(places);
  }

  /** Whether what is known of a node is what is there: it has answered since then, or nothing runs there for certain. */
  isCertain(node: string, since: number): boolean {
    const host = this.host(node);
    return (host?.isConnected === true && host.heardAt >= since) || this.#parts.isFenced(node);
  }

  /** All VMs that are somewhere. */
  keys(): VmKey[] {
    const names = new Set([...this.#hosts.values()].flatMap((host) => host.names));
    return [...names].flatMap((name) => keyOfDomain(name) ?? []);
  }

  /** Reads a VM again where it is, and on further nodes. */
  async refresh(key: VmKey, ...nodes: readonly string[]): Promise<void> {
    const places = this.view(key)?.places ?? [];
    const names = new Set([...places.map(({ node }) => node), ...nodes]);
    const hosts = [...names].flatMap((node) => this.host(node) ?? []);
    await Promise.all(hosts.map((host) => host.refresh(domainName(key))));
  }

  /**
   * Reads a VM again wherever it may be: the source of its last migration first, so that a guest which is no longer seen
   * there is seen where it has arrived.
   */
  async refreshAll(key: VmKey): Promise<void> {
    const { migration } = this.view(key) ?? {};
    if (migration === undefined) return this.refresh(key);
    await this.host(migration.source)?.refresh(domainName(key));
    await this.refresh(key, migration.destination);
  }

  /** Tells that a VM is not as it was. */
  tell(key: VmKey): void {
    this.#start?.listener.vmChanged(key);
  }

  #domainChanged(name: string): void {
    const key = keyOfDomain(name);
    if (key !== undefined) this.tell(key);
  }
}
