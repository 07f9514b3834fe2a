import * as z from 'zod';
import { bytesOf } from './bytes.ts';
import { RESCUE_CREDENTIALS_DISK, RESCUE_DISK } from './names.ts';
import {
  ByteQuantity,
  Label,
  labelUpTo,
  listMapByName,
  ObjectName,
  oneOf,
  StorageName,
  withRules,
} from './schema.ts';

export const ContainerDiskSource = z
  .object({
    image: z
      .string()
      .max(1024)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:@+-]*(\/[A-Za-z0-9][A-Za-z0-9._:@+-]*)*$/)
      .describe(
        'Image reference without a scheme, for example registry.example/rescue@sha256:…; pin it by digest so that every node runs the same.',
      ),
  })
  .describe('A disk in a container image, writable but not kept (driver kubevirt).');

export const PoolVolume = z
  .object({
    pool: StorageName.describe('Name of the storage pool.'),
    name: StorageName.describe('Name of the volume in the pool.'),
  })
  .describe('A volume of a storage pool (driver libvirt).');

export const DiskSource = oneOf(
  z.object({
    persistentVolumeClaim: z
      .object({ claimName: ObjectName.describe('Name of the claim.') })
      .describe("A claim in the Instance's namespace (driver kubevirt).")
      .optional(),
    dataVolume: z
      .object({ name: ObjectName.describe('Name of the DataVolume.') })
      .describe("A CDI DataVolume in the Instance's namespace (driver kubevirt).")
      .optional(),
    containerDisk: ContainerDiskSource.optional(),
    cloudInit: z
      .object({ secretName: ObjectName.describe('Name of the Secret; its key userdata is used.') })
      .describe("A NoCloud seed, made from a Secret in the Instance's namespace.")
      .optional(),
    volume: PoolVolume.optional(),
  }),
).describe('Where the data of the disk is. Exactly one.');
export type DiskSource = z.infer<typeof DiskSource>;

export const DiskBus = z.enum(['virtio', 'scsi', 'sata', 'usb']);
export type DiskBus = z.infer<typeof DiskBus>;
export const DiskDevice = z.enum(['Disk', 'CDROM']);
export type DiskDevice = z.infer<typeof DiskDevice>;

/** Drivers put up to six characters before or after it and need a label still: `volume…`, `…-udata`. */
const DiskName = labelUpTo(57);

export const Disk = withRules(
  z.object({
    name: DiskName.describe('Name of the disk, unique in the Instance.'),
    device: DiskDevice.default('Disk').describe('What the guest sees.'),
    bus: DiskBus.optional().describe('Bus of the disk. Default: sata for a CDROM, virtio for a Disk.'),
    source: DiskSource,
  }),
  [
    {
      field: 'name',
      cel: `!(self.name in ['${RESCUE_DISK}', '${RESCUE_CREDENTIALS_DISK}'])`,
      message: `the names ${RESCUE_DISK} and ${RESCUE_CREDENTIALS_DISK} are kept for the disks that a rescue adds`,
      holds: ({ name }) => name !== RESCUE_DISK && name !== RESCUE_CREDENTIALS_DISK,
    },
    {
      field: 'bus',
      cel: "!(has(self.bus) && self.bus == 'virtio' && self.device == 'CDROM')",
      message: 'a CDROM can be on sata, scsi or usb, not on virtio',
      holds: (disk) => !(disk.bus === 'virtio' && disk.device === 'CDROM'),
    },
  ],
);
export type Disk = z.infer<typeof Disk>;

const Network = z.object({
  name: Label.describe('Name of the network interface, unique in the Instance.'),
  podNetwork: z
    .object({})
    .describe("The cluster's pod network, masqueraded so that a live migration keeps it."),
});

export const Cpu = z
  .object({ cores: z.int().min(1).max(512).default(1).describe('Number of virtual CPU cores.') })
  .describe('Virtual processors.');

export const Machine = z
  .object({
    type: z.enum(['q35']).default('q35').describe('Machine type; frozen at the first boot.'),
    firmware: z.enum(['BIOS', 'UEFI']).default('BIOS').describe('Firmware that the machine boots with.'),
  })
  .describe('The virtual board.');

export const Disks = listMapByName(Disk, 32).describe(
  "The disks in the guest's order; the first bootable one is the root disk.",
);
export const Networks = listMapByName(Network, 8).describe(
  "The network interfaces in the guest's order. Default: none.",
);
/** Without the lower bound a forgotten unit is a VM that can't boot; beyond the upper one no backend counts. */
const MEMORY = { least: '1Mi', most: '64Ti' } as const;
export const Memory = withRules(ByteQuantity, [
  {
    cel: `quantity(self).compareTo(quantity('${MEMORY.least}')) >= 0 && quantity(self).compareTo(quantity('${MEMORY.most}')) <= 0`,
    message: `memory must be from ${MEMORY.least} to ${MEMORY.most}; without a unit it is in bytes`,
    holds: (memory) => bytesOf(memory) >= bytesOf(MEMORY.least) && bytesOf(memory) <= bytesOf(MEMORY.most),
  },
]).describe(`The guest's memory in bytes, from ${MEMORY.least} to ${MEMORY.most}, for example 4Gi.`);
