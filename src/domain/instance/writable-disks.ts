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
  const all = [...attached, ...native].flatMap((disk) => nameOf(disk, metadata.namespace) ?? []);
  return [...new Set(all)];
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
