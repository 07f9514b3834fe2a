import { hasCondition, removeCondition, updateCondition } from '../../objects/conditions.ts';
import { semanticEqual } from '../../objects/equal.ts';
import type {
  Disk,
  InstanceSpec,
  VirtualMachine,
  VirtualMachineSpec,
  VirtualMachineStatus,
  Volume,
} from '../../objects/kinds.ts';
import { timestamp } from '../../objects/time.ts';

/**
 * Shows that the template differs from what the running instance was started with in anything but what KubeVirt changes
 * live, and takes that back when the difference is gone.
 */
export function syncRestartRequired(
  status: VirtualMachineStatus,
  machine: VirtualMachine,
  started: VirtualMachineSpec | undefined,
  now: Date,
): boolean {
  if (started === undefined) {
    return false;
  }
  if (needsRestart(started.template.spec, machine.spec.template.spec)) {
    updateCondition(status, {
      type: 'RestartRequired',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: timestamp(now),
      message: 'a non-live-updatable field was changed in the template spec',
    });
    return true;
  }
  if (hasCondition(status, 'RestartRequired')) {
    removeCondition(status, 'RestartRequired');
  }
  return false;
}

function needsRestart(before: InstanceSpec, after: InstanceSpec): boolean {
  return !(
    semanticEqual(withoutLive(before), withoutLive(after)) &&
    areVolumesLive(before.volumes ?? [], after.volumes ?? []) &&
    areDisksLive(before, after)
  );
}

/** Rollout strategy LiveUpdate, the default: sockets, guest memory and placement need no restart. */
function withoutLive(spec: InstanceSpec): unknown {
  const {
    nodeSelector: _selector,
    affinity: _affinity,
    tolerations: _tolerations,
    volumes: _volumes,
    ...rest
  } = spec;
  const { sockets: _sockets, ...cpu } = spec.domain.cpu ?? {};
  const { guest: _guest, ...memory } = spec.domain.memory ?? {};
  const { disks: _disks, ...devices } = spec.domain.devices;
  return { ...rest, domain: { ...spec.domain, cpu, memory, devices } };
}

function isHotplugged(volume: Volume | undefined): boolean {
  return volume?.persistentVolumeClaim?.hotpluggable === true || volume?.dataVolume?.hotpluggable === true;
}

function areVolumesLive(before: Volume[], after: Volume[]): boolean {
  const kept = after.every(
    (volume) =>
      isHotplugged(volume) ||
      semanticEqual(
        volume,
        before.find(({ name }) => name === volume.name),
      ),
  );
  const removed = before.filter(({ name }) => after.every((volume) => volume.name !== name));
  return kept && removed.every(isHotplugged);
}

function areDisksLive(before: InstanceSpec, after: InstanceSpec): boolean {
  const oldDisks = before.domain.devices.disks ?? [];
  const newDisks = after.domain.devices.disks ?? [];
  const volumeOf = (spec: InstanceSpec, disk: Disk): Volume | undefined =>
    spec.volumes?.find(({ name }) => name === disk.name);
  const kept = newDisks.every(
    (disk) =>
      isHotplugged(volumeOf(after, disk)) ||
      semanticEqual(
        disk,
        oldDisks.find(({ name }) => name === disk.name),
      ),
  );
  const removed = oldDisks.filter(({ name }) => newDisks.every((disk) => disk.name !== name));
  return kept && removed.every((disk) => isHotplugged(volumeOf(before, disk)) && disk.cdrom === undefined);
}
