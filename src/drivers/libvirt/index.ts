import type { Logger } from 'pino';
import type { Driver } from '../driver.ts';
import { Definitions } from './definitions.ts';
import { Drift } from './drift.ts';
import { Fleet } from './fleet.ts';
import { LibvirtDriver } from './libvirt-driver.ts';
import type { LibvirtSettings } from './settings.ts';
import { Settler } from './settler.ts';
import { Transfers } from './transfers.ts';
import type { Virsh } from './virsh.ts';

export { checkHosts, hostsToCheck, type CheckedHost, type HostChoice } from './check/check-hosts.ts';
export { parseLibvirtSettings, type LibvirtSettings } from './settings.ts';
export { virshAt } from './virsh.ts';

export interface LibvirtEnvironment {
  readonly logger: Logger;
  readonly settings: LibvirtSettings;
  /** Names of the nodes that there are. */
  nodes(): readonly string[];
  /** Whether it is certain that nothing runs on a node any more. Default: of none. */
  isFenced?(node: string): boolean;
  /** Whether there is an Instance of that uid. Default: of every one. */
  hasInstance?(uid: string): boolean;
  /** Whether what is in a namespace is looked after here. Default: in every one. */
  serves?(namespace: string): boolean;
  /** Whether this process leads: only then it does what nobody has ordered. */
  mayAct(): boolean;
  /** virsh that speaks to a URI; see `virshAt`. */
  connect(uri: string): Virsh;
}

/** The driver for VMs that libvirt runs on the hosts of the configuration. */
export function libvirtDriver({ logger, settings, ...environment }: LibvirtEnvironment): Driver {
  const ownLogger = logger.child({ driver: 'libvirt' });
  const fleet = new Fleet({
    settings,
    logger: ownLogger,
    nodes: () => environment.nodes(),
    isFenced: (node) => environment.isFenced?.(node) === true,
    connect: (uri) => environment.connect(uri),
  });
  const settler = new Settler({
    fleet,
    logger: ownLogger,
    shutdownLimit: settings.shutdownSeconds * 1_000,
    encryption: settings.allowPlainTransfer ? 'None' : 'Tls',
    hasInstance: (uid) => environment.hasInstance?.(uid) !== false,
    isLookedAfter: ({ namespace }) => environment.serves?.(namespace) !== false,
    mayAct: () => environment.mayAct(),
    changed: (key) => fleet.tell(key),
  });
  const transfers = new Transfers({ fleet, settler, settings, logger: ownLogger });
  const drift = new Drift(settings);
  const definitions = new Definitions({ fleet, settler, settings, drift });
  const pools = Object.fromEntries(
    Object.entries(settings.pools).map(([pool, { namespaces }]) => [pool, namespaces]),
  );
  return new LibvirtDriver({ fleet, settler, transfers, definitions, drift, pools });
}
