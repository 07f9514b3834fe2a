import { z } from 'zod';
import { RESCUE_DISK } from './names.ts';
import { ByteQuantity, Label, listMapByName, ObjectName, oneOf, StorageName, withRules } from './schema.ts';

export const ContainerDiskSource = z
  .object({
    image: z
      .string()
      .min(1)
      .max(1024)
      .describe('Image reference; pin it by digest so that every node runs the same.'),
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

export const Disk = withRules(
  z.object({
    name: Label.describe('Name of the disk, unique in the Instance.'),
    device: DiskDevice.default('Disk').describe('What the guest sees.'),
    bus: DiskBus.optional().describe('Bus of the disk. Default: sata for a CDROM, virtio for a Disk.'),
    source: DiskSource,
  }),
  [
    {
      field: 'name',
      cel: `self.name != '${RESCUE_DISK}'`,
      message: `the name ${RESCUE_DISK} is kept for the disk that a rescue adds`,
      holds: (disk) => disk.name !== RESCUE_DISK,
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
export const Networks = listMapByName(Network, 8).describe("The network interfaces in the guest's order.");
export const Memory = ByteQuantity.describe("The guest's memory in bytes, for example 4Gi.");
