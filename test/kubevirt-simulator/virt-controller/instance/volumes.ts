import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import type { InstanceStatus, VirtualMachineInstance, Volume, VolumeStatus } from '../../objects/kinds.ts';

/** What virt-handler must know of each volume; sorted by name, with the targets that virt-handler has filled in. */
export function volumeStatuses(view: View, instance: VirtualMachineInstance): VolumeStatus[] {
  const before = instance.status?.volumeStatus ?? [];
  return (instance.spec.volumes ?? [])
    .map((volume) => ({
      target: '',
      ...before.find(({ name }) => name === volume.name),
      name: volume.name,
      ...claimInfo(view, instance, volume),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function claimInfo(
  view: View,
  instance: VirtualMachineInstance,
  volume: Volume,
): Pick<VolumeStatus, 'persistentVolumeClaimInfo'> {
  const claimName = volume.persistentVolumeClaim?.claimName ?? volume.dataVolume?.name ?? '';
  const claim = view.get('PersistentVolumeClaim', keyIn(instance, claimName));
  if (claim === undefined) {
    return {};
  }
  const { accessModes, volumeMode, resources } = claim.spec ?? {};
  const info = {
    claimName,
    filesystemOverhead: '0.055',
    accessModes,
    volumeMode,
    requests: resources?.requests,
    capacity: claim.status?.capacity,
  };
  return { persistentVolumeClaimInfo: info };
}

export function interfaceStatuses(
  instance: VirtualMachineInstance,
): NonNullable<InstanceStatus['interfaces']> {
  const networks = instance.spec.domain.devices.interfaces ?? [];
  return networks.map(({ name }, index) => ({ name, podInterfaceName: `eth${index}` }));
}
