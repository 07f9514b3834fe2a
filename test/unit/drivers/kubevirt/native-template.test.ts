import { describe, expect, it } from '@jest/globals';
import type { InstanceSpec } from '../../../../src/api/instance.ts';
import { InstanceSpec as InstanceSpecSchema } from '../../../../src/api/instance.ts';
import { renderVirtualMachine } from '../../../../src/drivers/kubevirt/render.ts';
import { aRescue } from '../../../builders/instance.ts';
import { aRenderedVm, aVmOrder, INSTANCE_UID } from '../../../builders/vm.ts';

/** More than the portable fields can say: hugepages, a host device, two boot orders, a direct kernel. */
const TEMPLATE = {
  metadata: { labels: { app: 'legacy' }, annotations: { note: 'kept' } },
  spec: {
    hostname: 'legacy',
    accessCredentials: [{ sshPublicKey: { propagationMethod: { noCloud: {} } } }],
    nodeSelector: { disk: 'fast' },
    domain: {
      memory: { guest: '2Gi', hugepages: { pageSize: '1Gi' } },
      firmware: { serial: 'own-serial', kernelBoot: { kernelArgs: 'quiet' } },
      devices: {
        disks: [
          { name: 'root', disk: { bus: 'virtio' }, bootOrder: 1, cache: 'none' },
          { name: 'seed', cdrom: { bus: 'sata' } },
          { name: 'data', disk: { bus: 'scsi' } },
          { name: 'second-seed', disk: { bus: 'virtio' } },
        ],
        interfaces: [{ name: 'default', bridge: {}, bootOrder: 2 }],
        hostDevices: [{ name: 'hsm', deviceName: 'example.com/hsm' }],
      },
    },
    networks: [{ name: 'default', multus: { networkName: 'vlan7' } }],
    volumes: [
      { name: 'root', persistentVolumeClaim: { claimName: 'root' } },
      { name: 'seed', cloudInitConfigDrive: { userData: '#cloud-config' } },
      { name: 'data', dataVolume: { name: 'data' } },
      { name: 'second-seed', cloudInitNoCloud: { userData: '#cloud-config' } },
    ],
  },
};

function specOf(template: Record<string, unknown>, fields: Partial<InstanceSpec> = {}): InstanceSpec {
  return InstanceSpecSchema.parse({ kubevirt: { template }, ...fields });
}

function render(template: Record<string, unknown>, fields: Partial<InstanceSpec> = {}) {
  return renderVirtualMachine(aVmOrder('web-1', { vm: aRenderedVm(specOf(template, fields)) }));
}

function templateOf(template: Record<string, unknown>, fields: Partial<InstanceSpec> = {}) {
  const result = render(template, fields);
  if (result.kind !== 'Rendered') throw new Error(result.message);
  const { spec, metadata } = result.vm.spec.template;
  if (spec === undefined) throw new Error('no spec');
  return { spec, metadata, devices: spec.domain.devices };
}

const rescue = InstanceSpecSchema.shape.rescue.parse(aRescue());
const rescueWithLogin = InstanceSpecSchema.shape.rescue.parse(
  aRescue({ credentials: { secretName: 'login' } }),
);

describe('a native template', () => {
  it('is kept as it is given, with our labels and what it leaves open of the identity', () => {
    const { spec, metadata } = templateOf(TEMPLATE);
    const { domain, ...others } = TEMPLATE.spec;
    expect(metadata).toEqual({
      labels: { app: 'legacy', 'compute.medevac.dev/instance-uid': INSTANCE_UID },
      annotations: {
        note: 'kept',
        'compute.medevac.dev/boot-mode': 'Normal',
        'compute.medevac.dev/rescue-session': '',
        'compute.medevac.dev/spec-hash': expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    });
    expect(spec).toEqual({
      ...others,
      evictionStrategy: 'External',
      domain: { ...domain, firmware: { ...domain.firmware, uuid: INSTANCE_UID } },
    });
  });

  it('is placed where both it and the Instance say', () => {
    const { spec } = templateOf(TEMPLATE, { placement: { nodeSelector: { zone: 'a' } } });
    expect(spec.nodeSelector).toEqual({ disk: 'fast', zone: 'a' });
  });

  it('may leave nearly everything open', () => {
    const { spec } = templateOf({ spec: { domain: {} } });
    expect(spec).toEqual({
      evictionStrategy: 'External',
      domain: { devices: {}, firmware: { uuid: INSTANCE_UID, serial: INSTANCE_UID } },
    });
  });

  it.each([
    ['no spec', {}, 'spec'],
    ['disks that are no list', { spec: { domain: { devices: { disks: {} } } } }, 'spec.domain.devices.disks'],
    ['a disk without a name', { spec: { domain: { devices: { disks: [{}] } } } }, 'disks[0].name'],
  ])('with %s is refused, naming the field', (_, template, field) => {
    expect(render(template)).toMatchObject({ kind: 'Rejected', message: expect.stringContaining(field) });
  });
});

describe('a native template in rescue', () => {
  it('boots from the rescue disk, which comes last, and from nothing else', () => {
    const { devices, spec } = templateOf(TEMPLATE, { rescue });
    expect(devices.disks?.map(({ name, bootOrder }) => [name, bootOrder])).toEqual([
      ['root', undefined],
      ['data', undefined],
      ['medevac-rescue', 1],
    ]);
    expect(devices.disks?.[0]).toEqual({ name: 'root', disk: { bus: 'virtio' }, cache: 'none' });
    expect(devices.interfaces).toEqual([{ name: 'default', bridge: {} }]);
    expect(spec.domain.firmware).toEqual({ uuid: INSTANCE_UID, serial: 'own-serial' });
    expect(spec.volumes?.at(-1)).toEqual({
      name: 'medevac-rescue',
      containerDisk: { image: 'registry.example/rescue:1' },
    });
  });

  it('runs nothing of its own user data', () => {
    const { devices, spec } = templateOf(TEMPLATE, { rescue });
    expect(spec.volumes?.map(({ name }) => name)).toEqual(['root', 'data', 'medevac-rescue']);
    expect(devices.disks).toHaveLength(3);
    expect(spec).not.toHaveProperty('accessCredentials');
  });

  it('has the credentials in the place of its first seed', () => {
    const { devices, spec } = templateOf(TEMPLATE, { rescue: rescueWithLogin });
    const want = ['root', 'seed', 'data', 'medevac-rescue'];
    expect(devices.disks?.map(({ name }) => name)).toEqual(want);
    expect(spec.volumes?.map(({ name }) => name)).toEqual(want);
    expect(spec.volumes?.[1]).toEqual({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'login' } } });
  });

  it('has a disk more for the credentials where it has no seed', () => {
    const { devices, spec } = templateOf({ spec: { domain: {} } }, { rescue: rescueWithLogin });
    const want = ['medevac-rescue-credentials', 'medevac-rescue'];
    expect(devices.disks?.map(({ name }) => name)).toEqual(want);
    expect(spec.volumes?.map(({ name }) => name)).toEqual(want);
  });

  it('leaves nothing behind, and the given template untouched', () => {
    const given = structuredClone(TEMPLATE);
    const before = templateOf(given);
    templateOf(given, { rescue: rescueWithLogin });
    expect(templateOf(given)).toEqual(before);
    expect(given).toEqual(TEMPLATE);
  });
});
