import { withFields } from '../../builders/fields.ts';
import { anInstance, aRescue } from '../../builders/instance.ts';
import { NO_VIRTIO_CDROM, type Case, type Fields } from './case.ts';

/** A rescued Instance that is right but for these fields. */
export const rescued = (name: string, fields: Fields, want: Case['want']): Case => ({
  name: `a rescued Instance ${name}`,
  object: withFields(anInstance({ spec: { rescue: aRescue() } }), fields),
  want,
});

export const RESCUE_CASES: readonly Case[] = [
  rescued('with as little as can be', {}, 'accepted'),
  rescued(
    'with every field',
    {
      'spec.rescue': aRescue({
        source: { persistentVolumeClaim: { claimName: 'rescue' } },
        device: 'Disk',
        bus: 'virtio',
        credentials: { secretName: 'rescue-login' },
        expiresAfter: '1h30m10s',
        onExpiry: 'Unrescue',
      }),
    },
    'accepted',
  ),
  rescued('that is to be stopped afterwards', { 'spec.powerState': 'Stopped' }, 'accepted'),
  rescued('without a source', { 'spec.rescue': {} }, { path: 'spec.rescue.source' }),
  rescued('with an empty source', { 'spec.rescue.source': {} }, { path: 'spec.rescue.source' }),
  rescued(
    'with two sources',
    { 'spec.rescue.source.persistentVolumeClaim': { claimName: 'a' } },
    { path: 'spec.rescue.source' },
  ),
  rescued(
    'from a seed',
    { 'spec.rescue.source': { cloudInit: { secretName: 'a' } } },
    { path: 'spec.rescue.source' },
  ),
  rescued(
    'with a CDROM on virtio',
    { 'spec.rescue.bus': 'virtio' },
    { path: 'spec.rescue.bus', message: NO_VIRTIO_CDROM },
  ),
  rescued('as a floppy disk', { 'spec.rescue.device': 'Floppy' }, { path: 'spec.rescue.device' }),
  rescued(
    'with credentials without a Secret',
    { 'spec.rescue.credentials': {} },
    { path: 'spec.rescue.credentials.secretName' },
  ),
  rescued(
    'until a time without unit',
    { 'spec.rescue.expiresAfter': '60' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued('for no time', { 'spec.rescue.expiresAfter': '' }, { path: 'spec.rescue.expiresAfter' }),
  rescued('for zero minutes', { 'spec.rescue.expiresAfter': '0m' }, { path: 'spec.rescue.expiresAfter' }),
  rescued('for a time in days', { 'spec.rescue.expiresAfter': '1d' }, { path: 'spec.rescue.expiresAfter' }),
  rescued(
    'for minutes before hours',
    { 'spec.rescue.expiresAfter': '30m1h' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued(
    'that is deleted on expiry',
    { 'spec.rescue.onExpiry': 'Delete' },
    { path: 'spec.rescue.onExpiry' },
  ),
];
