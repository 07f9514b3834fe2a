import type { Case } from './case.ts';
import { rescued } from './rescue-cases.ts';

/** Each field of a rescue, as people get it wrong. */
export const RESCUE_FIELD_CASES: readonly Case[] = [
  rescued('by a yes', { 'spec.rescue': true }, { path: 'spec.rescue' }),
  rescued(
    'from the name of an image',
    { 'spec.rescue.source': 'registry.example/rescue:1' },
    { path: 'spec.rescue.source' },
  ),
  rescued(
    'from an image that is a text',
    { 'spec.rescue.source': { containerDisk: 'rescue:1' } },
    { path: 'spec.rescue.source.containerDisk' },
  ),
  rescued(
    'from an image without a name',
    { 'spec.rescue.source': { containerDisk: { image: '' } } },
    { path: 'spec.rescue.source.containerDisk.image' },
  ),
  rescued(
    'from an image with a scheme',
    { 'spec.rescue.source': { containerDisk: { image: 'oci://rescue:1' } } },
    { path: 'spec.rescue.source.containerDisk.image' },
  ),
  rescued(
    'from a claim of another namespace',
    { 'spec.rescue.source': { persistentVolumeClaim: { claimName: 'team-b/rescue' } } },
    { path: 'spec.rescue.source.persistentVolumeClaim.claimName' },
  ),
  rescued(
    'from a data volume',
    { 'spec.rescue.source': { dataVolume: { name: 'rescue' } } },
    { path: 'spec.rescue.source' },
  ),
  rescued('as a device in small letters', { 'spec.rescue.device': 'cdrom' }, { path: 'spec.rescue.device' }),
  rescued('on ide', { 'spec.rescue.bus': 'ide' }, { path: 'spec.rescue.bus' }),
  rescued('on usb', { 'spec.rescue.bus': 'usb' }, 'accepted'),
  rescued(
    'with credentials as a text',
    { 'spec.rescue.credentials': 'rescue-login' },
    { path: 'spec.rescue.credentials' },
  ),
  rescued(
    'with credentials with an empty name',
    { 'spec.rescue.credentials': { secretName: '' } },
    { path: 'spec.rescue.credentials.secretName' },
  ),
  rescued(
    'with a password as credentials',
    { 'spec.rescue.credentials': { password: 'x' } },
    { path: 'spec.rescue.credentials.secretName' },
  ),
  rescued('for a number', { 'spec.rescue.expiresAfter': 4 }, { path: 'spec.rescue.expiresAfter' }),
  rescued('for 0', { 'spec.rescue.expiresAfter': '0' }, { path: 'spec.rescue.expiresAfter' }),
  rescued(
    'for less than no time',
    { 'spec.rescue.expiresAfter': '-4h' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued(
    'for hours in capitals',
    { 'spec.rescue.expiresAfter': '4H' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued(
    'for one hour and a half',
    { 'spec.rescue.expiresAfter': '1.5h' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued(
    'for a time with spaces',
    { 'spec.rescue.expiresAfter': '1h 30m' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued(
    'for longer than can be counted',
    { 'spec.rescue.expiresAfter': '100000h' },
    { path: 'spec.rescue.expiresAfter' },
  ),
  rescued('for seconds', { 'spec.rescue.expiresAfter': '90s' }, 'accepted'),
  rescued(
    'with an expiry in small letters',
    { 'spec.rescue.onExpiry': 'unrescue' },
    { path: 'spec.rescue.onExpiry' },
  ),
];
