import type { DiskSource } from '../api/hardware.ts';
import type { InstanceSpec } from '../api/instance.ts';
import type { LiveMigrationSpec } from '../api/live-migration.ts';

/** What a driver can do beyond starting and stopping; a missing one is refused by name, never dropped. */
export interface DriverCapabilities {
  /** Keys of a disk's source that it understands. */
  readonly diskSources: readonly (keyof DiskSource)[];
  /** Whether spec.kubevirt.template may stand in for the portable fields. */
  readonly nativeTemplate: boolean;
  /** Whether its VMs go with their Instance by themselves, through their owner reference. */
  readonly followsOwnerReferences: boolean;
  /** Whether it finds the node of a VM, and the destination of a migration, itself; else each order must say it. */
  readonly placesVms: boolean;
  readonly migrateRescued: boolean;
  readonly abort: boolean;
  readonly postCopy: boolean;
  readonly autoConverge: boolean;
  readonly bandwidth: boolean;
  readonly forceComplete: boolean;
  /** How many networks of a VM may be the pod network; absent: any number. */
  readonly mostPodNetworks?: number;
  /** MAC addresses that the backend needs itself. */
  readonly reservedMacAddresses?: readonly string[];
  /** Storage pools, each with the namespaces whose Instances may use its volumes; absent: any pool is open to all. */
  readonly pools?: Readonly<Record<string, readonly string[]>>;
  /** Set where the operator was not started with this driver: it does nothing at all, so no single field is to blame. */
  readonly notConfigured?: true;
}

/** Paths of the fields of a LiveMigration that a driver can't honour. */
export function unsupportedMigrationFields(
  { policy, forceComplete }: Pick<LiveMigrationSpec, 'policy' | 'forceComplete'>,
  can: DriverCapabilities,
): string[] {
  if (can.notConfigured === true) return [];
  const fields: [path: string, asked: boolean, supported: boolean][] = [
    ['spec.policy.completionTimeout', policy?.completionTimeout !== undefined, can.abort],
    ['spec.policy.onTimeout', policy?.onTimeout === 'ForceComplete', can.forceComplete],
    ['spec.policy.autoConverge', policy?.autoConverge !== undefined, can.autoConverge],
    ['spec.policy.postCopy', policy?.postCopy === true, can.postCopy],
    ['spec.policy.bandwidth', policy?.bandwidth !== undefined, can.bandwidth],
    ['spec.forceComplete', forceComplete, can.forceComplete],
  ];
  return fields.filter(([, asked, supported]) => asked && !supported).map(([path]) => path);
}

/** Paths of the fields of an Instance that a driver can't honour. */
export function unsupportedInstanceFields(spec: InstanceSpec, can: DriverCapabilities): string[] {
  if (can.notConfigured === true) return [];
  const sources = (path: string, source: object) =>
    Object.keys(source)
      .filter((key) => !can.diskSources.some((known) => known === key))
      .map((key) => `${path}.${key}`);
  return [
    ...unsupportedNetworkFields(spec, can),
    ...(spec.kubevirt !== undefined && !can.nativeTemplate ? ['spec.kubevirt.template'] : []),
    ...(spec.disks ?? []).flatMap(({ source }, index) => sources(`spec.disks[${index}].source`, source)),
    ...(spec.rescue === undefined ? [] : sources('spec.rescue.source', spec.rescue.source)),
  ];
}

/** Storage pools that an Instance of a namespace names and that are not open to it. */
export function closedPools(
  { disks = [], rescue }: InstanceSpec,
  namespace: string,
  { pools }: DriverCapabilities,
): string[] {
  if (pools === undefined) return [];
  const named = [...disks, ...(rescue === undefined ? [] : [rescue])].flatMap(
    ({ source }) => source.volume?.pool ?? [],
  );
  const isOpen = (pool: string) => Object.hasOwn(pools, pool) && pools[pool]?.includes(namespace) === true;
  return [...new Set(named)].filter((pool) => !isOpen(pool));
}

function unsupportedNetworkFields(
  { networks = [], identity }: InstanceSpec,
  { mostPodNetworks = networks.length, reservedMacAddresses = [] }: DriverCapabilities,
): string[] {
  return [
    ...networks
      .slice(mostPodNetworks)
      .map((_, index) => `spec.networks[${mostPodNetworks + index}].podNetwork`),
    ...Object.entries(identity?.macAddresses ?? {})
      .filter(([, address]) => reservedMacAddresses.includes(address))
      .map(([network]) => `spec.identity.macAddresses.${network}`),
  ];
}
