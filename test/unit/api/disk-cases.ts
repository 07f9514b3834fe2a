import { aDisk } from '../../builders/instance.ts';
import { instance, NO_VIRTIO_CDROM, numbered, type Case } from './case.ts';

const KEPT_NAMES =
  'the names medevac-rescue and medevac-rescue-credentials are kept for the disks that a rescue adds';
const claim = { persistentVolumeClaim: { claimName: 'web-1-root' } };
function manyDisks(count: number) {
  return numbered(count).map((index) => aDisk({ name: `disk-${index}` }));
}

export const DISK_CASES: readonly Case[] = [
  instance('with an empty list of disks', { 'spec.disks': [] }, { path: 'spec.disks' }),
  instance('with 32 disks', { 'spec.disks': manyDisks(32) }, 'accepted'),
  instance('with 33 disks', { 'spec.disks': manyDisks(33) }, { path: 'spec.disks' }),
  instance(
    'with two disks of one name',
    { 'spec.disks': [aDisk(), aDisk({ name: 'data' }), aDisk()] },
    { path: 'spec.disks[2]', message: 'Duplicate value' },
  ),
  instance('with a disk without a name', { 'spec.disks[0].name': undefined }, { path: 'spec.disks[0].name' }),
  instance('with a disk name in capitals', { 'spec.disks[0].name': 'Root' }, { path: 'spec.disks[0].name' }),
  instance('with a disk name that is empty', { 'spec.disks[0].name': '' }, { path: 'spec.disks[0].name' }),
  instance(
    "with a disk that has the rescue disk's name",
    { 'spec.disks[0].name': 'medevac-rescue' },
    { path: 'spec.disks[0].name', message: KEPT_NAMES },
  ),
  instance(
    "with a disk that has the name of the rescue's seed",
    { 'spec.disks[0].name': 'medevac-rescue-credentials' },
    { path: 'spec.disks[0].name', message: KEPT_NAMES },
  ),
  instance('with a disk on ide', { 'spec.disks[0].bus': 'ide' }, { path: 'spec.disks[0].bus' }),
  instance('with a floppy disk', { 'spec.disks[0].device': 'Floppy' }, { path: 'spec.disks[0].device' }),
  instance('with a disk on virtio', { 'spec.disks[0].bus': 'virtio' }, 'accepted'),
  instance(
    'with a CDROM on virtio',
    { 'spec.disks[0]': aDisk({ device: 'CDROM', bus: 'virtio' }) },
    { path: 'spec.disks[0].bus', message: NO_VIRTIO_CDROM },
  ),
  instance(
    'with a disk without a source',
    { 'spec.disks[0].source': undefined },
    { path: 'spec.disks[0].source' },
  ),
  instance(
    'with a disk with an empty source',
    { 'spec.disks[0].source': {} },
    { path: 'spec.disks[0].source' },
  ),
  instance(
    'with a disk with two sources',
    { 'spec.disks[0].source': { ...claim, dataVolume: { name: 'data' } } },
    { path: 'spec.disks[0].source' },
  ),
  instance(
    'with a disk on a path of the node',
    { 'spec.disks[0].source': { hostDisk: { path: '/etc/shadow' } } },
    { path: 'spec.disks[0].source' },
  ),
  instance(
    'with a claim without a name',
    { 'spec.disks[0].source': { persistentVolumeClaim: {} } },
    { path: 'spec.disks[0].source.persistentVolumeClaim.claimName' },
  ),
  instance(
    'with a claim of another namespace',
    { 'spec.disks[0].source': { persistentVolumeClaim: { claimName: 'other/root' } } },
    { path: 'spec.disks[0].source.persistentVolumeClaim.claimName' },
  ),
  instance(
    'with a disk image without a name',
    { 'spec.disks[0].source': { containerDisk: { image: '' } } },
    { path: 'spec.disks[0].source.containerDisk.image' },
  ),
  instance(
    'with a volume that leaves its pool',
    { 'spec.disks[0].source': { volume: { pool: 'default', name: '../shadow' } } },
    { path: 'spec.disks[0].source.volume.name' },
  ),
  instance(
    'with a pool that looks like an option',
    { 'spec.disks[0].source': { volume: { pool: '--all', name: 'web-1' } } },
    { path: 'spec.disks[0].source.volume.pool' },
  ),
];
