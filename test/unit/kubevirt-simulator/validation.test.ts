import { describe, expect, it } from '@jest/globals';
import type { InstanceSpec } from '../../kubevirt-simulator/objects/kinds.ts';
import { validateInstanceSpec } from '../../kubevirt-simulator/virt-api/validate-spec.ts';

type Domain = InstanceSpec['domain'];

function refusals(rest: Omit<Partial<InstanceSpec>, 'domain'>, domain: Partial<Domain> = {}): string[] {
  return validateInstanceSpec('spec', { ...rest, domain: { devices: {}, ...domain } }).map(
    ({ message }) => message,
  );
}

function onDisk(disk: object): string[] {
  const volumes = [{ name: 'a', containerDisk: { image: 'i' } }];
  return refusals({ volumes }, { devices: { disks: [{ name: 'a', ...disk }] } });
}

function withNetworks(
  networks: InstanceSpec['networks'],
  interfaces: Domain['devices']['interfaces'],
): string[] {
  return refusals({ networks: networks ?? [] }, { devices: { interfaces: interfaces ?? [] } });
}

const pod = { name: 'a', pod: {} };
const masquerade = { name: 'a', masquerade: {} };
const seed = (cloudInitNoCloud: object): string[] => refusals({ volumes: [{ name: 'a', cloudInitNoCloud }] });

describe('virt-api', () => {
  it('admits an ordinary machine', () => {
    expect(
      withNetworks([pod], [{ ...masquerade, macAddress: '02:00:00:00:00:01', model: 'virtio' }]),
    ).toEqual([]);
    expect(onDisk({ disk: { bus: 'virtio' }, serial: 'a-b_c.d+e', bootOrder: 1 })).toEqual([]);
    expect(seed({ userData: '#cloud-config' })).toEqual([]);
    expect(refusals({}, { machine: { type: 'pc-q35-9.2' } })).toEqual([]);
  });

  it.each([
    [
      'a second pod network',
      [pod, { name: 'b', pod: {} }],
      [masquerade, { name: 'b', masquerade: {} }],
      'more than one interface is connected to a pod network in spec.interfaces',
    ],
    ['a network of no type', [{ name: 'a' }], [{ name: 'a', bridge: {} }], 'should have a network type'],
    ['a network that nothing is on', [pod], [], "spec.networks[0].name 'a' not found."],
    [
      'an interface on no network',
      [],
      [{ name: 'a', bridge: {} }],
      "spec.domain.devices.interfaces[0].name 'a' not found.",
    ],
    [
      'an interface without a binding',
      [pod],
      [{ name: 'a' }],
      'logical a interface must have exactly one binding method or binding plugin',
    ],
    [
      'masquerading on another network',
      [{ name: 'a', multus: { networkName: 'n' } }],
      [masquerade],
      'Masquerade interface only implemented with pod network',
    ],
    [
      'a MAC address that is none',
      [pod],
      [{ ...masquerade, macAddress: 'x' }],
      'interface spec.domain.devices.interfaces[0].name has malformed MAC address (x).',
    ],
    [
      'the MAC address of the bridge',
      [pod],
      [{ ...masquerade, macAddress: '02:00:00:00:00:00' }],
      'The requested MAC address is reserved for the in-pod bridge. Please choose another one.',
    ],
    [
      'a model that QEMU lacks',
      [pod],
      [{ ...masquerade, model: 'x' }],
      'interface spec.domain.devices.interfaces[0].name uses model x that is not supported.',
    ],
  ])('refuses %s', (_what, networks, interfaces, text) => {
    expect(withNetworks(networks, interfaces)).toEqual([text]);
  });

  it.each([
    [
      'a serial with a space',
      { serial: 'a b' },
      'spec.domain.devices.disks[0] must be made up of the following characters [A-Za-z0-9_.+-], if specified',
    ],
    [
      'a serial that is too long',
      { serial: 'a'.repeat(257) },
      'spec.domain.devices.disks[0] must be less than or equal to 256 in length, if specified',
    ],
    ['a virtio CD-ROM', { cdrom: { bus: 'virtio' } }, 'Bus type virtio is invalid for CD-ROM device'],
    ['a cache that is none', { cache: 'x' }, 'spec.domain.devices.disks[0].cache has invalid value x'],
    [
      'boot order 0',
      { bootOrder: 0 },
      'spec.domain.devices.disks[0] must have a boot order > 0, if supplied',
    ],
  ])('refuses %s', (_what, disk, text) => {
    expect(onDisk(disk)).toEqual([text]);
  });

  it.each([
    [
      'an empty seed',
      {},
      'spec.volumes[0].cloudInitNoCloud must have at least one userdatasource or one networkdatasource set.',
    ],
    [
      'two sources of user data',
      { userData: 'a', secretRef: { name: 's' } },
      'spec.volumes[0].cloudInitNoCloud must have only one userdatasource set.',
    ],
    [
      'long user data',
      { userData: 'a'.repeat(2049) },
      'spec.volumes[0].cloudInitNoCloud userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.',
    ],
    [
      'user data that is not base64',
      { userDataBase64: '%' },
      'spec.volumes[0].cloudInitNoCloud.userDataBase64.cloudInitNoCloud.userDataBase64 is not a valid base64 value.',
    ],
  ])('refuses %s', (_what, data, text) => {
    expect(seed(data)).toEqual([text]);
  });

  it('refuses SSH keys for a seed that is not there', () => {
    const accessCredentials = [{ sshPublicKey: { propagationMethod: { noCloud: {} } } }];

    expect(refusals({ accessCredentials })).toEqual([
      'spec.accessCredentials[0] requires a noCloud volume to exist when the noCloud propagationMethod is in use.',
    ]);
  });

  it.each([
    [
      'a machine type of another time',
      { machine: { type: 'pc-i440fx-2.0' } },
      'spec.domain.machine.type is not supported: pc-i440fx-2.0 (allowed values: [q35* pc-q35*])',
    ],
    [
      'secure boot without SMM',
      { firmware: { bootloader: { efi: {} } } },
      'spec.domain has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.',
    ],
    [
      'arguments without a kernel',
      { firmware: { kernelBoot: { kernelArgs: 'a' } } },
      'kernel arguments cannot be provided without an external kernel',
    ],
  ])('refuses %s', (_what, domain, text) => {
    expect(refusals({}, domain)).toEqual([text]);
  });
});
