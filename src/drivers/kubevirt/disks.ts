import type { V1Disk, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { DiskSource } from '../../api/hardware.ts';
import type { VmDisk } from '../../domain/vm.ts';

type VolumeSource = Omit<V1Volume, 'name'>;

/** Where the data of a disk is, as KubeVirt says it; `undefined`: it has no such source. */
export function volumeOf({ name, source }: VmDisk): ({ name: string } & VolumeSource) | undefined {
  const volumeSource = volumeSourceOf(source);
  return volumeSource && { name, ...volumeSource };
}

function volumeSourceOf(source: DiskSource): VolumeSource | undefined {
  const { persistentVolumeClaim, dataVolume, containerDisk, cloudInit } = source;
  if (persistentVolumeClaim !== undefined) return { persistentVolumeClaim };
  if (dataVolume !== undefined) return { dataVolume };
  if (containerDisk !== undefined) return { containerDisk };
  return cloudInit && seedFrom(cloudInit.secretName);
}

/** A cloud-init seed whose user data is in a Secret. */
export function seedFrom(secretName: string) {
  return { cloudInitNoCloud: { secretRef: { name: secretName } } } satisfies VolumeSource;
}

/** What the guest sees of a disk. */
export function diskOf({ name, serial, device, bus, bootOrder }: VmDisk) {
  return {
    name,
    serial,
    ...(device === 'CDROM' ? { cdrom: { bus } } : { disk: { bus } }),
    ...(bootOrder !== undefined && { bootOrder }),
  } satisfies V1Disk;
}
