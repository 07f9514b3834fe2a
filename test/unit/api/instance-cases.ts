import { withFields } from '../../builders/fields.ts';
import { aDisk, anInstance, aTemplatedInstance } from '../../builders/instance.ts';
import { accepts, instance, numbered, type Case } from './case.ts';

const EITHER = 'set either memory and disks (with cpu, machine, networks), or kubevirt.template, not both';

export const INSTANCE_CASES: readonly Case[] = [
  accepts('an Instance with as little as can be', anInstance()),
  accepts(
    'an Instance with every portable field',
    anInstance({
      labels: { app: 'web' },
      spec: {
        driver: 'kubevirt',
        powerState: 'Stopped',
        cpu: { cores: 2 },
        machine: { type: 'q35', firmware: 'UEFI' },
        disks: [
          aDisk({ bus: 'virtio', device: 'Disk' }),
          aDisk({ name: 'imported', bus: 'scsi', source: { dataVolume: { name: 'web-1.data' } } }),
          aDisk({
            name: 'tools',
            device: 'CDROM',
            bus: 'sata',
            source: { containerDisk: { image: 'tools:1' } },
          }),
          aDisk({ name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'web-1-userdata' } } }),
          aDisk({ name: 'pool', bus: 'usb', source: { volume: { pool: 'fast_SSD', name: 'web-1.qcow2' } } }),
        ],
        placement: { nodeSelector: { zone: 'a', 'example.com/gpu': '' } },
        evacuation: { policy: 'Block' },
        deletionPolicy: 'Retain',
        identity: {
          firmwareUUID: '5d307ca9-b3ef-428c-8861-06e72d69f223',
          serial: 'SN-1.2_3',
          macAddresses: { default: '02:00:00:00:00:0a' },
        },
      },
    }),
  ),
  accepts('an Instance that is a native template', aTemplatedInstance()),
  accepts('an Instance through v1alpha1', anInstance({ version: 'v1alpha1' })),
  instance('without memory', { 'spec.memory': undefined }, { path: 'spec', message: EITHER }),
  instance('without disks', { 'spec.disks': undefined }, { path: 'spec', message: EITHER }),
  instance(
    'with a template as well',
    { 'spec.kubevirt': { template: {} } },
    { path: 'spec', message: EITHER },
  ),
  {
    name: 'a templated Instance with cpu as well',
    object: withFields(aTemplatedInstance(), { 'spec.cpu': { cores: 1 } }),
    want: { path: 'spec', message: EITHER },
  },
  {
    name: 'a templated Instance without the template',
    object: withFields(aTemplatedInstance(), { 'spec.kubevirt': {} }),
    want: { path: 'spec.kubevirt.template' },
  },
  {
    name: 'a templated Instance with a template that is a text',
    object: withFields(aTemplatedInstance(), { 'spec.kubevirt.template': 'domain' }),
    want: { path: 'spec.kubevirt.template' },
  },
  instance('without spec', { spec: undefined }, { path: 'spec' }),
  instance('with an empty spec', { spec: {} }, { path: 'spec', message: EITHER }),
  instance('whose name has a dot', { 'metadata.name': 'web.1' }, { path: 'metadata.name' }),
  instance('whose name has 64 characters', { 'metadata.name': 'a'.repeat(64) }, { path: 'metadata.name' }),
  instance('whose name has 63 characters', { 'metadata.name': 'a'.repeat(63) }, 'accepted'),
  instance('with a driver that there is not', { 'spec.driver': 'xen' }, { path: 'spec.driver' }),
  instance(
    'in a power state that there is not',
    { 'spec.powerState': 'Paused' },
    { path: 'spec.powerState' },
  ),
  instance('without CPU cores', { 'spec.cpu': { cores: 0 } }, { path: 'spec.cpu.cores' }),
  instance('with 513 CPU cores', { 'spec.cpu': { cores: 513 } }, { path: 'spec.cpu.cores' }),
  instance('with one and a half CPU cores', { 'spec.cpu': { cores: 1.5 } }, { path: 'spec.cpu.cores' }),
  instance('with CPU cores as a text', { 'spec.cpu': { cores: '2' } }, { path: 'spec.cpu.cores' }),
  instance('with cpu that is empty', { 'spec.cpu': {} }, 'accepted'),
  instance('with memory in bytes', { 'spec.memory': '1073741824' }, 'accepted'),
  instance('with memory in decimal units', { 'spec.memory': '512M' }, 'accepted'),
  instance('with memory as a number', { 'spec.memory': 1073741824 }, { path: 'spec.memory' }),
  instance('with no memory at all', { 'spec.memory': '0' }, { path: 'spec.memory' }),
  instance('with memory in fractions', { 'spec.memory': '1.5Gi' }, { path: 'spec.memory' }),
  instance('with memory in a unit that there is not', { 'spec.memory': '1GB' }, { path: 'spec.memory' }),
  instance('with memory that ends in a new line', { 'spec.memory': '1Gi\n' }, { path: 'spec.memory' }),
  instance('with another machine type', { 'spec.machine': { type: 'pc' } }, { path: 'spec.machine.type' }),
  instance(
    'with other firmware',
    { 'spec.machine': { firmware: 'Coreboot' } },
    { path: 'spec.machine.firmware' },
  ),
  instance('with an empty list of networks', { 'spec.networks': [] }, { path: 'spec.networks' }),
  instance(
    'with two networks of one name',
    { 'spec.networks[1]': { name: 'default', podNetwork: {} } },
    { path: 'spec.networks[1]', message: 'Duplicate value' },
  ),
  instance(
    'with a network of no type',
    { 'spec.networks[0].podNetwork': undefined },
    { path: 'spec.networks[0].podNetwork' },
  ),
  instance(
    'for nodes with a value that is no label',
    { 'spec.placement.nodeSelector': { zone: 'a b' } },
    { path: 'spec.placement.nodeSelector.zone' },
  ),
  instance(
    'for nodes with a name that is no label',
    { 'spec.placement.nodeSelector': { 'the zone': 'a' } },
    { path: 'spec.placement.nodeSelector', message: 'keys must be names of labels' },
  ),
  instance(
    'for nodes with 17 labels',
    { 'spec.placement.nodeSelector': Object.fromEntries(numbered(17).map((n) => [`l${n}`, 'x'])) },
    { path: 'spec.placement.nodeSelector' },
  ),
  instance(
    'with a drain policy that there is not',
    { 'spec.evacuation': { policy: 'Shutdown' } },
    { path: 'spec.evacuation.policy' },
  ),
  instance(
    'with a deletion policy that there is not',
    { 'spec.deletionPolicy': 'Orphan' },
    { path: 'spec.deletionPolicy' },
  ),
  instance(
    'with a firmware UUID of no version',
    { 'spec.identity': { firmwareUUID: '4237d1f0-0000-0000-0000-00000000000A' } },
    'accepted',
  ),
  instance(
    'with a firmware UUID without dashes',
    { 'spec.identity': { firmwareUUID: '5d307ca9b3ef428c886106e72d69f223' } },
    { path: 'spec.identity.firmwareUUID' },
  ),
  instance(
    'with a serial with a space',
    { 'spec.identity': { serial: 'a b' } },
    { path: 'spec.identity.serial' },
  ),
  instance(
    'with a MAC address in capitals',
    { 'spec.identity': { macAddresses: { default: '02:00:00:00:00:0A' } } },
    { path: 'spec.identity.macAddresses.default' },
  ),
  instance(
    'with a MAC address of a network that cannot be',
    { 'spec.identity': { macAddresses: { Default: '02:00:00:00:00:0a' } } },
    { path: 'spec.identity.macAddresses', message: 'keys must be names of networks' },
  ),
];
