import type { Disk, DiskDevice, DiskSource } from '../../api/hardware.ts';
import type { Instance } from '../../api/instance.ts';
import { nativeDisks } from './native-disks.ts';

/**
 * The disks that an Instance writes to while it runs, in words that are the same for all Instances that mean the same
 * disk. What is read only, or made anew for each VM, may be used by any number of them.
 */
export function writableDisks({ metadata, spec }: Instance): string[] {
  const { disks = [], rescue, kubevirt } = spec;
  const attached: Pick<Disk, 'device' | 'source'>[] = [...disks, ...(rescue === undefined ? [] : [rescue])];
  const native = kubevirt === undefined ? [] : nativeDisks(kubevirt.template);
  return namesOfWritten([...attached, ...native], metadata.namespace);
}

/** The names of those disks that a VM of a namespace writes to. */
export function namesOfWritten(
  disks: readonly Pick<Disk, 'device' | 'source'>[],
  namespace: string,
): string[] {
  return [...new Set(disks.flatMap((disk) => nameOf(disk, namespace) ?? []))];
}

function nameOf(
  { device, source }: { readonly device: DiskDevice; readonly source: DiskSource },
  namespace: string,
): string | undefined {
  if (device === 'CDROM') return undefined;
  const { persistentVolumeClaim, dataVolume, volume } = source;
  if (volume !== undefined) return `volume "${volume.pool}/${volume.name}"`;
  // CDI makes the claim of a DataVolume under its name.
  const claim = persistentVolumeClaim?.claimName ?? dataVolume?.name;
  return claim === undefined ? undefined : `PersistentVolumeClaim "${namespace}/${claim}"`;
}
