import { Rescue } from '../api/rescue.ts';
import { blameFlag, type FlagsOfFields } from './blame-flag.ts';
import type { Invocation } from './command.ts';
import { Complaint } from './complaint.ts';
import type { InstanceObject } from './objects.ts';

const FIELD_FLAGS: FlagsOfFields = {
  'source.containerDisk.image': [
    'image',
    'Write a reference without a scheme, such as registry.example/rescue@sha256:….',
  ],
  'source.persistentVolumeClaim.claimName': ['claim', 'Write the name of a PersistentVolumeClaim.'],
  'source.volume': ['volume', 'Write POOL/NAME of a libvirt volume.'],
  'source.volume.pool': ['volume', 'Write POOL/NAME of a libvirt volume.'],
  'source.volume.name': ['volume', 'Write POOL/NAME of a libvirt volume.'],
  bus: ['bus', 'A CDROM can be on sata, scsi or usb, not on virtio.'],
  'credentials.secretName': ['credentials', 'Write the name of a Secret.'],
  expiresAfter: ['expires-after', 'Write hours, minutes and seconds, such as 4h or 1h30m.'],
};

/** What spec.rescue is to be, as the flags say. Pure. @throws Complaint */
export function rescueFrom(invocation: Invocation): object {
  const fields = {
    device: invocation.text('device'),
    bus: invocation.text('bus'),
    expiresAfter: invocation.text('expires-after'),
    onExpiry: invocation.text('on-expiry'),
  };
  const credentials = invocation.text('credentials');
  const given = {
    source: sourceFrom(invocation),
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ...(credentials !== undefined && { credentials: { secretName: credentials } }),
  };
  const parsed = Rescue.safeParse(given);
  if (!parsed.success) throw blameFlag(parsed.error, FIELD_FLAGS, invocation);
  // What the defaults would add is left to the API server: the plugin owns what was asked for, and no more.
  return given;
}

function sourceFrom(invocation: Invocation): object {
  const [image, claim, volume] = ['image', 'claim', 'volume'].map((flag) => invocation.text(flag));
  const given = [image, claim, volume].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw new Complaint(
      'Name one rescue system: --image IMAGE, --claim CLAIM, or --volume POOL/NAME with the driver libvirt.',
      'usage',
    );
  }
  if (image !== undefined) return { containerDisk: { image } };
  if (claim !== undefined) return { persistentVolumeClaim: { claimName: claim } };
  const [pool, ...rest] = (volume ?? '').split('/');
  return { volume: { pool, name: rest.join('/') } };
}

/** Server-side apply of spec.rescue alone; without `rescue` it is removed. The uid: where the name is gone, nothing is made. */
export function rescueApply(
  { metadata: { namespace, name, uid } }: InstanceObject,
  rescue: object | undefined,
) {
  return { metadata: { namespace, name, uid }, ...(rescue !== undefined && { spec: { rescue } }) };
}
