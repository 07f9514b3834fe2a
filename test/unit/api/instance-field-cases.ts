import { instance, numbered, type Case } from './case.ts';

const MEMORY = 'memory must be from 1Mi to 64Ti; without a unit it is in bytes';

/** Each field of an Instance, as people get it wrong. */
export const INSTANCE_FIELD_CASES: readonly Case[] = [
  instance('with memory in gigabytes', { 'spec.memory': '4GB' }, { path: 'spec.memory' }),
  instance('with four and a half Gi of memory', { 'spec.memory': '4.5Gi' }, { path: 'spec.memory' }),
  instance('with negative memory', { 'spec.memory': '-4Gi' }, { path: 'spec.memory' }),
  instance('with memory that is empty', { 'spec.memory': '' }, { path: 'spec.memory' }),
  instance('with memory with a space', { 'spec.memory': '4 Gi' }, { path: 'spec.memory' }),
  instance('with memory in small letters', { 'spec.memory': '4gi' }, { path: 'spec.memory' }),
  instance('with memory in exbibytes', { 'spec.memory': '1Ei' }, { path: 'spec.memory' }),
  instance('with four bytes of memory', { 'spec.memory': '4' }, { path: 'spec.memory', message: MEMORY }),
  instance('with 1023Ki of memory', { 'spec.memory': '1023Ki' }, { path: 'spec.memory', message: MEMORY }),
  instance('with 1Mi of memory', { 'spec.memory': '1Mi' }, 'accepted'),
  instance('with 64Ti of memory', { 'spec.memory': '64Ti' }, 'accepted'),
  instance(
    'with more memory than there is',
    { 'spec.memory': '65Ti' },
    { path: 'spec.memory', message: MEMORY },
  ),
  instance('with cpu as a number', { 'spec.cpu': 2 }, { path: 'spec.cpu' }),
  instance('with a negative number of CPU cores', { 'spec.cpu': { cores: -1 } }, { path: 'spec.cpu.cores' }),
  instance('with machine as a text', { 'spec.machine': 'q35' }, { path: 'spec.machine' }),
  instance(
    'with firmware in small letters',
    { 'spec.machine': { firmware: 'uefi' } },
    { path: 'spec.machine.firmware' },
  ),
  instance(
    'in a power state in small letters',
    { 'spec.powerState': 'running' },
    { path: 'spec.powerState' },
  ),
  instance('in a power state that is yes', { 'spec.powerState': true }, { path: 'spec.powerState' }),
  instance('in a power state that is empty', { 'spec.powerState': '' }, { path: 'spec.powerState' }),
  instance('with a driver in capitals', { 'spec.driver': 'KubeVirt' }, { path: 'spec.driver' }),
  instance('with a driver that is empty', { 'spec.driver': '' }, { path: 'spec.driver' }),
  instance(
    'with a network name in capitals',
    { 'spec.networks[0].name': 'Default' },
    { path: 'spec.networks[0].name' },
  ),
  instance(
    'with a network name of 64 characters',
    { 'spec.networks[0].name': 'a'.repeat(64) },
    { path: 'spec.networks[0].name' },
  ),
  instance(
    'with a pod network that is a text',
    { 'spec.networks[0].podNetwork': 'default' },
    { path: 'spec.networks[0].podNetwork' },
  ),
  instance(
    'with 9 networks',
    { 'spec.networks': numbered(9).map((n) => ({ name: `n${n}`, podNetwork: {} })) },
    { path: 'spec.networks' },
  ),
  instance(
    'with networks as a map',
    { 'spec.networks': { default: { podNetwork: {} } } },
    { path: 'spec.networks' },
  ),
  instance('placed by the name of a node', { 'spec.placement': 'node-a' }, { path: 'spec.placement' }),
  instance(
    'for nodes with a value that is yes',
    { 'spec.placement.nodeSelector': { zone: true } },
    { path: 'spec.placement.nodeSelector.zone' },
  ),
  instance(
    'for nodes with a value of 64 characters',
    { 'spec.placement.nodeSelector': { zone: 'a'.repeat(64) } },
    { path: 'spec.placement.nodeSelector.zone' },
  ),
  instance(
    'for nodes with a name that is empty',
    { 'spec.placement.nodeSelector': { '': 'a' } },
    { path: 'spec.placement.nodeSelector', message: 'keys must be names of labels' },
  ),
  instance(
    'for nodes with a name with two slashes',
    { 'spec.placement.nodeSelector': { 'a/b/c': 'a' } },
    { path: 'spec.placement.nodeSelector', message: 'keys must be names of labels' },
  ),
  instance('with a drain policy as a text', { 'spec.evacuation': 'Block' }, { path: 'spec.evacuation' }),
  instance(
    'with a deletion policy in small letters',
    { 'spec.deletionPolicy': 'retain' },
    { path: 'spec.deletionPolicy' },
  ),
  instance(
    'with a firmware UUID that is none',
    { 'spec.identity': { firmwareUUID: 'web-1' } },
    { path: 'spec.identity.firmwareUUID' },
  ),
  instance(
    'with a serial of 65 characters',
    { 'spec.identity': { serial: 'a'.repeat(65) } },
    { path: 'spec.identity.serial' },
  ),
  instance(
    'with a serial that is empty',
    { 'spec.identity': { serial: '' } },
    { path: 'spec.identity.serial' },
  ),
  instance(
    'with a serial that is a number',
    { 'spec.identity': { serial: 42 } },
    { path: 'spec.identity.serial' },
  ),
  instance(
    'with a MAC address with dashes',
    { 'spec.identity': { macAddresses: { default: '02-00-00-00-00-0a' } } },
    { path: 'spec.identity.macAddresses.default' },
  ),
  instance(
    'with a MAC address that is too short',
    { 'spec.identity': { macAddresses: { default: '02:00:00:00:00' } } },
    { path: 'spec.identity.macAddresses.default' },
  ),
  instance(
    'with the MAC address of a group',
    { 'spec.identity': { macAddresses: { default: '01:00:5e:00:00:0a' } } },
    { path: 'spec.identity.macAddresses.default' },
  ),
  instance(
    'with a template that is a list',
    { spec: { kubevirt: { template: [] } } },
    { path: 'spec.kubevirt.template' },
  ),
  instance(
    'with annotations of others',
    { 'metadata.annotations': { 'example.com/anything': 'goes' } },
    'accepted',
  ),
];
