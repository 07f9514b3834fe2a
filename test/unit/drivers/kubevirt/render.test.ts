import { describe, expect, it } from '@jest/globals';
import { renderVirtualMachine, type AppliedVirtualMachine } from '../../../../src/drivers/kubevirt/render.ts';
import type { VmOrder } from '../../../../src/drivers/driver.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import { aRenderedVm, aSpec, aVmOrder, INSTANCE_UID, type SpecFields } from '../../../builders/vm.ts';

function rendered(order: VmOrder): AppliedVirtualMachine {
  const result = renderVirtualMachine(order);
  if (result.kind !== 'Rendered') throw new Error(result.message);
  return result.vm;
}

function renderedFrom(fields: SpecFields, order: Partial<VmOrder> = {}): AppliedVirtualMachine {
  return rendered(aVmOrder('web-1', { vm: aRenderedVm(aSpec(fields)), ...order }));
}

function specOf(vm: AppliedVirtualMachine) {
  const { spec } = vm.spec.template;
  if (spec === undefined) throw new Error('no template');
  return spec;
}

function devicesOf(vm: AppliedVirtualMachine) {
  return specOf(vm).domain.devices;
}

const seed = { name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'userdata' } } } as const;
const data = { name: 'data', bus: 'scsi', source: { dataVolume: { name: 'data' } } } as const;
const withSeed: SpecFields = { disks: [aDisk(), seed, aDisk(data)] };

describe('a rendered VirtualMachine', () => {
  it('is all that is applied, and nothing else', () => {
    const order = aVmOrder('web-1');
    const { identity, boot, hardware } = order.vm;
    const serial = hardware.kind === 'Portable' ? hardware.disks[0]?.serial : undefined;

    expect(rendered(order)).toEqual({
      metadata: {
        name: 'web-1',
        namespace: 'default',
        labels: { 'compute.medevac.dev/instance-uid': INSTANCE_UID },
        ownerReferences: [
          {
            apiVersion: 'compute.medevac.dev/v1beta1',
            kind: 'Instance',
            name: 'web-1',
            uid: INSTANCE_UID,
            controller: true,
            blockOwnerDeletion: false,
          },
        ],
      },
      spec: {
        runStrategy: 'Always',
        template: {
          metadata: {
            labels: { 'compute.medevac.dev/instance-uid': INSTANCE_UID },
            annotations: {
              'compute.medevac.dev/boot-mode': 'Normal',
              'compute.medevac.dev/rescue-session': '',
              'compute.medevac.dev/spec-hash': boot.specHash,
            },
          },
          spec: {
            evictionStrategy: 'External',
            terminationGracePeriodSeconds: 60,
            domain: {
              machine: { type: 'q35' },
              firmware: { uuid: identity.firmwareUUID, serial: identity.serial },
              cpu: { cores: 1 },
              memory: { guest: '1Gi' },
              devices: {
                disks: [{ name: 'root', serial, disk: { bus: 'virtio' }, bootOrder: 1 }],
                interfaces: [
                  {
                    name: 'default',
                    macAddress: identity.macAddresses['default'],
                    model: 'virtio',
                    masquerade: {},
                  },
                ],
              },
            },
            networks: [{ name: 'default', pod: {} }],
            volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'web-1-root' } }],
          },
        },
      },
    });
  });

  it.each([
    { power: 'On', want: 'Always' },
    { power: 'Off', want: 'Halted' },
  ] as const)('has run strategy $want where the power is $power', ({ power, want }) => {
    expect(rendered(aVmOrder('web-1', { power })).spec.runStrategy).toBe(want);
  });

  it('has no owner where it is to be retained', () => {
    expect(rendered(aVmOrder('web-1', { deletionPolicy: 'Retain' })).metadata).not.toHaveProperty(
      'ownerReferences',
    );
  });

  it('boots a UEFI machine without secure boot', () => {
    const { firmware } = specOf(renderedFrom({ machine: { firmware: 'UEFI' } })).domain;
    expect(firmware?.bootloader).toEqual({ efi: { secureBoot: false } });
  });

  it('is placed where its node selector says', () => {
    const vm = renderedFrom({ placement: { nodeSelector: { zone: 'a' } } });
    expect(specOf(vm).nodeSelector).toEqual({ zone: 'a' });
  });

  it('gets no network that it does not have', () => {
    const { hardware, ...vmOf } = aRenderedVm();
    if (hardware.kind !== 'Portable') throw new Error('not portable');
    const vm = rendered(aVmOrder('web-1', { vm: { ...vmOf, hardware: { ...hardware, networks: [] } } }));
    expect(devicesOf(vm)).toMatchObject({ autoattachPodInterface: false, interfaces: [] });
    expect(specOf(vm).networks).toEqual([]);
  });

  it.each([
    [{ persistentVolumeClaim: { claimName: 'c' } }, { persistentVolumeClaim: { claimName: 'c' } }],
    [{ dataVolume: { name: 'd' } }, { dataVolume: { name: 'd' } }],
    [{ containerDisk: { image: 'a/b:1' } }, { containerDisk: { image: 'a/b:1' } }],
    [{ cloudInit: { secretName: 's' } }, { cloudInitNoCloud: { secretRef: { name: 's' } } }],
  ])('reads a disk from %j', (source, want) => {
    const vm = renderedFrom({ disks: [aDisk(), aDisk({ name: 'more', source })] });
    expect(specOf(vm).volumes?.at(-1)).toEqual({ name: 'more', ...want });
  });

  it('is refused where KubeVirt knows no such disk source', () => {
    const vm = aRenderedVm(aSpec({ disks: [aDisk({ source: { volume: { pool: 'p', name: 'v' } } })] }));
    expect(renderVirtualMachine(aVmOrder('web-1', { vm }))).toEqual({
      kind: 'Rejected',
      message: 'Disk "root": the driver kubevirt has no disk source volume.',
    });
  });
});

describe('a VirtualMachine in rescue', () => {
  it('says so to whoever watches the instance', () => {
    const vm = renderedFrom({ rescue: aRescue() });
    expect(vm.metadata.labels).not.toHaveProperty(['compute.medevac.dev/rescued']);
    expect(vm.spec.template.metadata).toMatchObject({
      labels: { 'compute.medevac.dev/rescued': 'true' },
      annotations: {
        'compute.medevac.dev/boot-mode': 'Rescue',
        'compute.medevac.dev/rescue-session': expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    });
  });

  it.each([
    { device: 'CDROM', want: { cdrom: { bus: 'sata' } } },
    { device: 'Disk', want: { disk: { bus: 'virtio' } } },
  ] as const)('boots from the rescue $device, which comes last', ({ device, want }) => {
    const vm = renderedFrom({ rescue: aRescue({ device }) });
    const { disks = [] } = devicesOf(vm);
    expect(disks.map(({ name, bootOrder }) => [name, bootOrder])).toEqual([
      ['root', undefined],
      ['medevac-rescue', 1],
    ]);
    expect(disks.at(-1)).toMatchObject(want);
    expect(specOf(vm).volumes?.at(-1)).toEqual({
      name: 'medevac-rescue',
      containerDisk: { image: 'registry.example/rescue:1' },
    });
  });

  it.each([
    { name: 'left out', credentials: undefined, want: ['root', 'data', 'medevac-rescue'] },
    { name: 'replaced in its place', credentials: 'login', want: ['root', 'seed', 'data', 'medevac-rescue'] },
  ])('has its own seed $name', ({ credentials, want }) => {
    const rescue = aRescue(credentials === undefined ? {} : { credentials: { secretName: credentials } });
    const vm = renderedFrom({ ...withSeed, rescue });
    const volumes = specOf(vm).volumes ?? [];
    expect(devicesOf(vm).disks?.map(({ name }) => name)).toEqual(want);
    expect(volumes.map(({ name }) => name)).toEqual(want);
    expect(volumes.flatMap(({ cloudInitNoCloud }) => cloudInitNoCloud?.secretRef?.name ?? [])).toEqual(
      credentials === undefined ? [] : [credentials],
    );
  });

  it('has its credentials before the rescue disk where it has no seed', () => {
    const vm = renderedFrom({ rescue: aRescue({ credentials: { secretName: 'login' } }) });
    const want = ['root', 'medevac-rescue-credentials', 'medevac-rescue'];
    expect(devicesOf(vm).disks?.map(({ name }) => name)).toEqual(want);
  });

  it('leaves nothing behind: the render after it is the one before it', () => {
    const before = renderedFrom(withSeed);
    const during = renderedFrom({ ...withSeed, rescue: aRescue({ credentials: { secretName: 'login' } }) });
    const after = renderedFrom(withSeed);
    expect(after).toEqual(before);
    expect(during).not.toEqual(before);
    expect(specOf(during).domain.firmware).toEqual(specOf(before).domain.firmware);
    expect(devicesOf(during).interfaces).toEqual(devicesOf(before).interfaces);
  });
});
