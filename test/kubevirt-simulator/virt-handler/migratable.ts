import type { Disk, VirtualMachineInstance, Volume } from '../objects/kinds.ts';
import type { Condition } from '../objects/stored.ts';

export interface Migratability {
  readonly condition: Condition;
  readonly method: 'BlockMigration' | 'LiveMigration';
}

const times = { lastProbeTime: null, lastTransitionTime: null };

/** virt-handler's verdict on an instance: condition LiveMigratable, and whether local disks must be copied. */
export function migratability(instance: VirtualMachineInstance, override?: string): Migratability {
  const volumes = instance.spec.volumes ?? [];
  const disks = volumes.map((volume) => diskObstacle(instance, volume)).find((found) => found !== undefined);
  const obstacle = networkObstacle(instance) ?? deviceObstacle(instance) ?? override ?? disks;
  const copies = disks !== undefined || volumes.some((volume) => isCopied(instance, volume));
  const condition: Condition =
    obstacle === undefined
      ? { type: 'LiveMigratable', status: 'True', ...times }
      : { type: 'LiveMigratable', status: 'False', ...times, ...reasonOf(obstacle) };
  return { condition, method: copies ? 'BlockMigration' : 'LiveMigration' };
}

type Obstacle = string | { readonly reason: string; readonly message: string };

function reasonOf(obstacle: Obstacle): { reason: string; message: string } {
  return typeof obstacle === 'string' ? { reason: 'DisksNotLiveMigratable', message: obstacle } : obstacle;
}

const bridgeAllowed = 'kubevirt.io/allow-pod-bridge-network-live-migration';

function networkObstacle(instance: VirtualMachineInstance): Obstacle | undefined {
  const podNetwork = instance.spec.networks?.find((network) => network['pod'] !== undefined);
  const primary = instance.spec.domain.devices.interfaces?.find(({ name }) => name === podNetwork?.name);
  if (podNetwork === undefined || primary === undefined) {
    return undefined;
  }
  const allowed = instance.metadata.annotations?.[bridgeAllowed] !== undefined;
  if (
    primary['masquerade'] !== undefined ||
    primary['passt'] !== undefined ||
    (primary['bridge'] !== undefined && allowed)
  ) {
    return undefined;
  }
  return {
    reason: 'InterfaceNotLiveMigratable',
    message:
      'cannot migrate VMI which does not use masquerade or a migratable plugin to connect to the pod network',
  };
}

function deviceObstacle(instance: VirtualMachineInstance): Obstacle | undefined {
  const { hostDevices } = instance.spec.domain.devices;
  return Array.isArray(hostDevices) && hostDevices.length > 0
    ? { reason: 'HostDeviceNotLiveMigratable', message: 'VMI uses a PCI host devices' }
    : undefined;
}

function claimOf(volume: Volume): string | undefined {
  return volume.persistentVolumeClaim?.claimName ?? volume.dataVolume?.name;
}

/** A claim must be shared, however it is attached; read-only does not help. */
function diskObstacle(instance: VirtualMachineInstance, volume: Volume): string | undefined {
  const claim = claimOf(volume);
  const all = 'live migration requires that all PVCs must be shared (using ReadWriteMany access mode)';
  if (claim !== undefined) {
    const info = instance.status?.volumeStatus?.find(
      ({ name }) => name === volume.name,
    )?.persistentVolumeClaimInfo;
    if (info === undefined) {
      return `cannot migrate VMI: Unable to determine if PVC ${claim} is shared, ${all}`;
    }
    const shared = info.accessModes?.includes('ReadWriteMany') === true;
    return shared ? undefined : `cannot migrate VMI: PVC ${claim} is not shared, ${all}`;
  }
  return volume.hostDisk !== undefined && volume.hostDisk.shared !== true
    ? 'cannot migrate VMI with non-shared HostDisk'
    : undefined;
}

/** Whatever is local to the node and writable is copied to the target. */
function isCopied(instance: VirtualMachineInstance, volume: Volume): boolean {
  const disk = instance.spec.domain.devices.disks?.find(({ name }) => name === volume.name);
  return claimOf(volume) === undefined && volume.hostDisk === undefined && !isReadOnly(disk);
}

function isReadOnly(disk: Disk | undefined): boolean {
  return disk?.cdrom !== undefined && disk.cdrom.readonly !== false;
}
