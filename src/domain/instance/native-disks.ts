import type { DiskDevice, DiskSource } from '../../api/hardware.ts';

/** A disk of a native template, as far as it matters who writes to it. */
interface NativeDisk {
  readonly device: DiskDevice;
  readonly source: DiskSource;
}

/**
 * The disks of a VirtualMachineInstance template that are on claims. Nothing of a template is taken for granted: what is
 * not understood is KubeVirt's to refuse.
 */
export function nativeDisks(template: Readonly<Record<string, unknown>>): NativeDisk[] {
  const spec = fieldsOf(template['spec']);
  const devices = fieldsOf(fieldsOf(spec['domain'])['devices']);
  const disks = new Map(listOf(devices['disks']).map((disk) => [disk['name'], disk]));
  return listOf(spec['volumes']).flatMap((volume) => {
    const source = sourceOf(volume);
    if (source === undefined) return [];
    // A volume without a disk is attached as one.
    return { source, device: isWritten(disks.get(volume['name']) ?? {}, volume) ? 'Disk' : 'CDROM' };
  });
}

function sourceOf(volume: Fields): DiskSource | undefined {
  const { claimName } = fieldsOf(volume['persistentVolumeClaim']);
  if (typeof claimName === 'string') return { persistentVolumeClaim: { claimName } };
  const { name } = fieldsOf(volume['dataVolume']);
  return typeof name === 'string' ? { dataVolume: { name } } : undefined;
}

/** One that says that it is shareable is shared on purpose. */
function isWritten({ cdrom, disk, lun, shareable }: Fields, volume: Fields): boolean {
  const readOnly = [cdrom !== undefined, fieldsOf(disk)['readonly'], fieldsOf(lun)['readonly'], shareable];
  return !readOnly.includes(true) && fieldsOf(volume['persistentVolumeClaim'])['readOnly'] !== true;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
