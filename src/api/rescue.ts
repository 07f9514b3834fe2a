import * as z from 'zod';
import { ContainerDiskSource, DiskBus, DiskDevice, PoolVolume } from './hardware.ts';
import { Duration, ObjectName, oneOf, withRules } from './schema.ts';

const RescueSource = oneOf(
  z.object({
    containerDisk: ContainerDiskSource.optional(),
    persistentVolumeClaim: z
      .object({ claimName: ObjectName.describe('Name of the claim.') })
      .describe(
        'A claim that holds the rescue system; only a ReadWriteMany claim can be live-migrated (driver kubevirt).',
      )
      .optional(),
    volume: PoolVolume.optional(),
  }),
).describe('The rescue system. Exactly one.');

export const OnExpiry = z.enum(['Unrescue', 'Stop', 'Keep']);
export type OnExpiry = z.infer<typeof OnExpiry>;

export const Rescue = withRules(
  z.object({
    source: RescueSource,
    device: DiskDevice.default('CDROM').describe(
      'How the rescue system is attached; a CDROM never blocks a live migration.',
    ),
    bus: DiskBus.optional().describe('Bus of the rescue disk. Default: sata for a CDROM, virtio for a Disk.'),
    credentials: z
      .object({ secretName: ObjectName.describe('Name of the Secret; its key userdata is used.') })
      .optional()
      .describe(
        "Cloud-init user data for the rescue system; takes the place of the Instance's own while it is rescued.",
      ),
    expiresAfter: Duration.optional().describe(
      'How long the rescue may last from its beginning, in hours, minutes and seconds, for example 4h or 1h30m. Default: without end.',
    ),
    onExpiry: OnExpiry.default('Keep').describe(
      'What happens when the rescue has expired. Unrescue: the VM is booted from its own disks, or stopped, as powerState says. Stop: it is stopped. Keep: it is only reported.',
    ),
  }),
  [
    {
      field: 'bus',
      cel: "!(has(self.bus) && self.bus == 'virtio' && self.device == 'CDROM')",
      message: 'a CDROM can be on sata, scsi or usb, not on virtio',
      holds: (rescue) => !(rescue.bus === 'virtio' && rescue.device === 'CDROM'),
    },
  ],
).describe(
  'Present: the VM is booted from this rescue system, its own disks in their places behind it. Absent: it is not.',
);
export type Rescue = z.infer<typeof Rescue>;
