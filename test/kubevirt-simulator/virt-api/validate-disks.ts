import type { Disk, InstanceSpec, Volume } from '../objects/kinds.ts';
import type { Cause } from './admission.ts';
import { validateCloudInit } from './validate-cloud-init.ts';

const invalidValue = 'FieldValueInvalid';
const buses = ['virtio', 'scsi', 'sata', 'usb'];

function cause(message: string, field: string): Cause {
  return { reason: invalidValue, message, field };
}

/** Each disk has a volume of its name (an empty CD-ROM may lack it), and no boot order is given twice. */
export function validateBootOrder(at: string, spec: InstanceSpec): Cause[] {
  const seen = new Set<number>();
  const disks = (spec.domain.devices.disks ?? []).flatMap((disk, index) => {
    const path = `${at}.domain.devices.disks[${index}]`;
    return [...unmatchedDisk(path, disk, spec.volumes ?? []), ...repeatedOrder(path, disk.bootOrder, seen)];
  });
  const interfaces = (spec.domain.devices.interfaces ?? []).flatMap(({ bootOrder }, index) => [
    ...(bootOrder !== undefined && bootOrder < 1
      ? [cause(`${at}[${index}] must have a boot order > 0, if supplied`, `${at}[${index}].bootOrder`)]
      : []),
    ...repeatedOrder(`${at}.domain.devices.interfaces[${index}]`, bootOrder, seen),
  ]);
  return [...disks, ...interfaces];
}

function unmatchedDisk(path: string, disk: Disk, volumes: readonly Volume[]): Cause[] {
  const volume = volumes.find(({ name }) => name === disk.name);
  if (volume === undefined) {
    return disk.cdrom === undefined ? [cause(`${path}.Name '${disk.name}' not found.`, `${path}.name`)] : [];
  }
  const claimed = volume.persistentVolumeClaim !== undefined || volume.dataVolume !== undefined;
  const lun = `${path}.lun`;
  return disk.lun === undefined || claimed
    ? []
    : [cause(`${lun} can only be mapped to a DataVolume or PersistentVolumeClaim volume.`, lun)];
}

function repeatedOrder(path: string, order: number | undefined, seen: Set<number>): Cause[] {
  if (order === undefined) {
    return [];
  }
  const repeated = seen.has(order);
  seen.add(order);
  const field = `${path}.bootOrder`;
  return repeated ? [cause(`Boot order for ${field} already set for a different device.`, field)] : [];
}

export function validateDisks(at: string, disks: readonly Disk[]): Cause[] {
  return disks.flatMap((disk, index) => [
    ...sameName(at, disks, index),
    ...oneTarget(`${at}[${index}]`, disk),
    ...(disk.bootOrder !== undefined && disk.bootOrder < 1
      ? [cause(`${at}[${index}] must have a boot order > 0, if supplied`, `${at}[${index}].bootOrder`)]
      : []),
    ...supportedBus(`${at}[${index}]`, disk),
    ...serial(`${at}[${index}]`, disk.serial),
    ...cacheMode(`${at}[${index}].cache`, disk.cache),
    ...containerName(`${at}.domain.devices.disks[${index}].name`, disk.name),
  ]);
}

function sameName(at: string, named: readonly { name: string }[], index: number): Cause[] {
  return named
    .slice(0, index)
    .flatMap(({ name }, other) =>
      name === named[index]?.name
        ? [cause(`${at}[${index}] and ${at}[${other}] must not have the same Name.`, `${at}[${index}].name`)]
        : [],
    );
}

function oneTarget(path: string, { disk, lun, cdrom }: Disk): Cause[] {
  const targets = [disk, lun, cdrom].filter((target) => target !== undefined).length;
  return targets > 1 ? [cause(`${path} can only have a single target type defined`, path)] : [];
}

function targetOf({ cdrom, lun }: Disk): 'cdrom' | 'disk' | 'lun' {
  if (cdrom !== undefined) {
    return 'cdrom';
  }
  return lun === undefined ? 'disk' : 'lun';
}

function supportedBus(path: string, disk: Disk): Cause[] {
  const type = targetOf(disk);
  const bus = disk[type]?.bus ?? '';
  const field = `${path}.${type}.bus`;
  const message = busObstacle(path, bus, { type, readonly: disk.disk?.readonly === true });
  return message === undefined ? [] : [cause(message, field)];
}

function busObstacle(
  path: string,
  bus: string,
  { type, readonly }: { type: string; readonly: boolean },
): string | undefined {
  switch (bus) {
    case 'ide':
      return 'IDE bus is not supported';
    case 'virtio':
      return type === 'cdrom' ? `Bus type ${bus} is invalid for CD-ROM device` : undefined;
    case 'sata':
      return readonly ? 'sata hard-disks do not support read-only.' : undefined;
    case '':
      return undefined;
    default:
      return buses.includes(bus)
        ? undefined
        : `${path} is set with an unrecognized bus ${bus}, must be one of: [${buses.join(' ')}]`;
  }
}

const longestSerial = 256;

function serial(path: string, value: string | undefined): Cause[] {
  const field = `${path}.serial`;
  if (value === undefined || value === '') {
    return [];
  }
  return [
    ...(/^[A-Za-z0-9_.+-]+$/.test(value)
      ? []
      : [cause(`${path} must be made up of the following characters [A-Za-z0-9_.+-], if specified`, field)]),
    ...(value.length > longestSerial
      ? [cause(`${path} must be less than or equal to ${longestSerial} in length, if specified`, field)]
      : []),
  ];
}

function cacheMode(field: string, mode = ''): Cause[] {
  return ['', 'none', 'writethrough', 'writeback'].includes(mode)
    ? []
    : [cause(`${field} has invalid value ${mode}`, field)];
}

/** A disk's name becomes the name of a container. */
function containerName(field: string, name: string): Cause[] {
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) ? [] : [cause(message, field)];
}

const sources = [
  'cloudInitConfigDrive',
  'cloudInitNoCloud',
  'configMap',
  'containerDisk',
  'containerPath',
  'dataVolume',
  'downwardAPI',
  'downwardMetrics',
  'emptyDisk',
  'ephemeral',
  'hostDisk',
  'memoryDump',
  'persistentVolumeClaim',
  'secret',
  'serviceAccount',
  'sysprep',
];

export function validateVolumes(at: string, volumes: readonly Volume[]): Cause[] {
  return volumes.flatMap((volume, index) => {
    const path = `${at}[${index}]`;
    const count = Object.keys(volume).filter((key) => sources.includes(key)).length;
    return [
      ...sameName(at, volumes, index).slice(0, 1),
      ...(count === 1 ? [] : [cause(`${path} must have exactly one source type set`, path)]),
      ...validateCloudInit(path, volume),
    ];
  });
}

/** Only for instances: what a machine's template lacks is made up for before. */
export function validateVolumeDisks(at: string, spec: InstanceSpec): Cause[] {
  const disks = spec.domain.devices.disks ?? [];
  return (spec.volumes ?? []).flatMap(({ name }, index) => {
    const field = `${at}.domain.volumes[${index}].name`;
    return disks.some((disk) => disk.name === name) ? [] : [cause(`${field} '${name}' not found.`, field)];
  });
}
