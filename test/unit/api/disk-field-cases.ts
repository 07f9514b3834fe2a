import { instance, type Case } from './case.ts';

/** Each field of a disk, as people get it wrong. */
export const DISK_FIELD_CASES: readonly Case[] = [
  instance('with disks as a map', { 'spec.disks': { root: {} } }, { path: 'spec.disks' }),
  instance('with a disk that is a name', { 'spec.disks': ['root'] }, { path: 'spec.disks[0]' }),
  instance('with a disk name of 57 characters', { 'spec.disks[0].name': 'a'.repeat(57) }, 'accepted'),
  instance(
    'with a disk name of 58 characters',
    { 'spec.disks[0].name': 'a'.repeat(58) },
    { path: 'spec.disks[0].name' },
  ),
  instance(
    'with a disk name with an underscore',
    { 'spec.disks[0].name': 'root_disk' },
    { path: 'spec.disks[0].name' },
  ),
  instance(
    'with a disk name that ends in a dash',
    { 'spec.disks[0].name': 'root-' },
    { path: 'spec.disks[0].name' },
  ),
  instance('with a disk name that is a number', { 'spec.disks[0].name': 1 }, { path: 'spec.disks[0].name' }),
  instance('with a disk on nvme', { 'spec.disks[0].bus': 'nvme' }, { path: 'spec.disks[0].bus' }),
  instance('with a disk on VirtIO', { 'spec.disks[0].bus': 'VirtIO' }, { path: 'spec.disks[0].bus' }),
  instance(
    'with a device in small letters',
    { 'spec.disks[0].device': 'cdrom' },
    { path: 'spec.disks[0].device' },
  ),
  instance(
    'with a disk whose source is a name',
    { 'spec.disks[0].source': 'web-1-root' },
    { path: 'spec.disks[0].source' },
  ),
  instance(
    'with a claim with an empty name',
    { 'spec.disks[0].source.persistentVolumeClaim.claimName': '' },
    { path: 'spec.disks[0].source.persistentVolumeClaim.claimName' },
  ),
  instance(
    'with a claim name in capitals',
    { 'spec.disks[0].source.persistentVolumeClaim.claimName': 'Web-1' },
    { path: 'spec.disks[0].source.persistentVolumeClaim.claimName' },
  ),
  instance(
    'with a claim name of 254 characters',
    { 'spec.disks[0].source.persistentVolumeClaim.claimName': 'a'.repeat(254) },
    { path: 'spec.disks[0].source.persistentVolumeClaim.claimName' },
  ),
  instance(
    'with a claim name of 253 characters',
    { 'spec.disks[0].source.persistentVolumeClaim.claimName': 'a'.repeat(253) },
    'accepted',
  ),
  instance(
    'with a claim that is a text',
    { 'spec.disks[0].source': { persistentVolumeClaim: 'web-1-root' } },
    { path: 'spec.disks[0].source.persistentVolumeClaim' },
  ),
  instance(
    'with a data volume named as a claim is',
    { 'spec.disks[0].source': { dataVolume: { claimName: 'web-1' } } },
    { path: 'spec.disks[0].source.dataVolume.name' },
  ),
  instance(
    'with a data volume with a slash',
    { 'spec.disks[0].source': { dataVolume: { name: 'a/b' } } },
    { path: 'spec.disks[0].source.dataVolume.name' },
  ),
  instance(
    'with a seed without a Secret',
    { 'spec.disks[0].source': { cloudInit: {} } },
    { path: 'spec.disks[0].source.cloudInit.secretName' },
  ),
  instance(
    'with a seed whose Secret cannot be',
    { 'spec.disks[0].source': { cloudInit: { secretName: 'User_Data' } } },
    { path: 'spec.disks[0].source.cloudInit.secretName' },
  ),
  instance(
    'with an image disk without its image',
    { 'spec.disks[0].source': { containerDisk: {} } },
    { path: 'spec.disks[0].source.containerDisk.image' },
  ),
  instance(
    'with an image with a scheme',
    { 'spec.disks[0].source': { containerDisk: { image: 'docker://registry.example/fedora:41' } } },
    { path: 'spec.disks[0].source.containerDisk.image' },
  ),
  instance(
    'with an image with a space',
    { 'spec.disks[0].source': { containerDisk: { image: 'registry.example/fedora: 41' } } },
    { path: 'spec.disks[0].source.containerDisk.image' },
  ),
  instance(
    'with an image on a port, by digest',
    {
      'spec.disks[0].source': {
        containerDisk: { image: `registry.example:5000/os/fedora@sha256:${'0'.repeat(64)}` },
      },
    },
    'accepted',
  ),
  instance(
    'with an image name of 1025 characters',
    { 'spec.disks[0].source': { containerDisk: { image: 'a'.repeat(1025) } } },
    { path: 'spec.disks[0].source.containerDisk.image' },
  ),
  instance(
    'with a volume without its pool',
    { 'spec.disks[0].source': { volume: { name: 'web-1' } } },
    { path: 'spec.disks[0].source.volume.pool' },
  ),
  instance(
    'with a volume with a space',
    { 'spec.disks[0].source': { volume: { pool: 'default', name: 'web 1' } } },
    { path: 'spec.disks[0].source.volume.name' },
  ),
];
