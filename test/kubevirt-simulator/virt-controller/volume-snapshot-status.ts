import { update } from '../engine/plan.ts';
import type { Plan } from '../engine/plan.ts';
import type { View } from '../engine/view.ts';
import { semanticEqual } from '../objects/equal.ts';
import type { VirtualMachineStatus, Volume } from '../objects/kinds.ts';

/**
 * A second controller of virt-controller that writes the status of each VirtualMachine, whenever its volumes change. It
 * is played because it takes turns in losing writes with the VM controller, and writes the first status of all.
 */
export function* reconcileVolumeSnapshotStatus(view: View, key: string): Plan {
  const machine = view.get('VirtualMachine', key);
  if (machine === undefined) {
    return;
  }
  const volumeSnapshotStatuses = (machine.spec.template.spec.volumes ?? []).map(statusOf);
  if (semanticEqual(machine.status?.volumeSnapshotStatuses, volumeSnapshotStatuses)) {
    return;
  }
  const status: VirtualMachineStatus = {
    printableStatus: 'Stopped',
    ...machine.status,
    volumeSnapshotStatuses,
  };
  yield* update('VirtualMachine', { ...machine, status }, { subresource: 'status' });
}

/** No snapshot class exists here, so no volume can be snapshotted. */
function statusOf(volume: Volume): { enabled: boolean; name: string; reason: string } {
  const claimed = volume.persistentVolumeClaim !== undefined || volume.dataVolume !== undefined;
  const reason = claimed
    ? `No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [] [${volume.name}]`
    : `Snapshot is not supported for this volumeSource type [${volume.name}]`;
  return { enabled: false, name: volume.name, reason };
}
