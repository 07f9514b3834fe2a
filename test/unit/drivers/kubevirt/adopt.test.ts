import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adoptVm } from '../../../../src/drivers/kubevirt/adopt.ts';
import { renderTemplate, renderVirtualMachine } from '../../../../src/drivers/kubevirt/render.ts';
import { missingFrom } from '../../../../src/drivers/kubevirt/subset.ts';
import { InstanceSpec } from '../../../../src/api/instance.ts';
import { resolveIdentity } from '../../../../src/domain/identity.ts';
import { renderVm } from '../../../../src/domain/vm.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import {
  aRenderedVm,
  aSpec,
  aVmOrder,
  anIdentity,
  INSTANCE_UID,
  type SpecFields,
} from '../../../builders/vm.ts';

const server = { uid: 'vm-uid', resourceVersion: '1', generation: 1 };

/** A VM that medevac has made, as the API server gives it. */
function ourVm(fields: SpecFields) {
  const rendered = renderVirtualMachine(
    aVmOrder('web-1', { vm: aRenderedVm(aSpec(fields)), deletionPolicy: 'Retain' }),
  );
  if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
  const { vm } = rendered;
  return { ...vm, metadata: { ...vm.metadata, ...server } };
}

/** A VM as a person makes it. */
function foreignVm(template: object = {}, spec: object = {}) {
  const domain = {
    firmware: { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'FOREIGN-1' },
    memory: { guest: '1Gi' },
    devices: {
      disks: [{ name: 'root', disk: { bus: 'virtio' } }],
      interfaces: [{ name: 'default', masquerade: {} }],
    },
  };
  const volumes = [{ name: 'root', containerDisk: { image: 'registry.example/root:1' } }];
  const networks = [{ name: 'default', pod: {} }];
  return {
    metadata: { name: 'old-1', namespace: 'team-a', ...server },
    spec: {
      runStrategy: 'Always',
      template: { metadata: { creationTimestamp: null }, spec: { domain, volumes, networks, ...template } },
      ...spec,
    },
  };
}

/** What runs of it, with the address that KubeVirt has made up. */
const RUNNING = {
  metadata: {
    name: 'old-1',
    namespace: 'team-a',
    uid: 'vmi-uid',
    resourceVersion: '2',
    ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'old-1', uid: 'vm-uid' }],
  },
  status: { phase: 'Running', interfaces: [{ name: 'default', mac: '52:54:00:12:34:56' }] },
};

const sources = fc.constantFrom(
  { persistentVolumeClaim: { claimName: 'claim' } },
  { dataVolume: { name: 'volume' } },
  { containerDisk: { image: 'registry.example/root:1' } },
  { cloudInit: { secretName: 'seed' } },
);
const disks = fc.uniqueArray(
  fc.record(
    {
      name: fc.constantFrom('root', 'data', 'seed', 'more'),
      device: fc.constantFrom('Disk' as const, 'CDROM' as const),
      bus: fc.constantFrom('scsi' as const, 'sata' as const, 'usb' as const),
      source: sources,
    },
    { requiredKeys: ['name', 'source'] },
  ),
  { minLength: 1, selector: ({ name }) => name },
);
const networks = fc.uniqueArray(fc.constantFrom('default', 'other', '7'), { minLength: 1 });
const specs: fc.Arbitrary<SpecFields> = fc.record(
  {
    disks,
    memory: fc.constantFrom('512Mi', '4Gi', '1073741824'),
    cpu: fc.record({ cores: fc.integer({ min: 1, max: 64 }) }),
    machine: fc.record({ firmware: fc.constantFrom('BIOS' as const, 'UEFI' as const) }),
    networks: networks.map((names) => names.map((name) => ({ name, podNetwork: {} }))),
    placement: fc.constantFrom({ nodeSelector: { zone: 'a' } }, {}),
    powerState: fc.constantFrom('Running' as const, 'Stopped' as const),
  },
  { requiredKeys: ['disks'] },
);

describe('an Instance for a VM', () => {
  it('says with portable fields what medevac has rendered from portable fields, so that nothing changes', () => {
    fc.assert(
      fc.property(specs, (fields) => {
        const vm = ourVm(fields);
        const { spec, notPortable, changes } = adoptVm(vm, undefined);
        expect({ notPortable, changes }).toEqual({ notPortable: [], changes: [] });
        const again = InstanceSpec.parse(spec);
        const ofVm = anIdentity(aSpec(fields));
        const identity = resolveIdentity({ uid: 'another', spec: again, frozen: undefined, ofVm });
        const rendered = renderTemplate({
          vm: renderVm(again, identity, undefined),
          instanceUid: INSTANCE_UID,
        });
        expect(rendered).toMatchObject({ kind: 'Rendered', template: vm.spec.template });
      }),
    );
  });

  it('is the template of any other VM, and what is rendered from it is in that VM but for what it tells', () => {
    const extras = fc.record(
      {
        hostname: fc.constantFrom('old', 'other'),
        tolerations: fc.constant([{ key: 'a', operator: 'Exists' }]),
        terminationGracePeriodSeconds: fc.constantFrom(0, 60, 180),
        evictionStrategy: fc.constantFrom('LiveMigrate', 'None', 'External'),
      },
      { requiredKeys: [] },
    );
    const strategies = fc.constantFrom('Always', 'RerunOnFailure', 'Halted', 'Manual');
    fc.assert(
      fc.property(extras, strategies, fc.boolean(), (template, runStrategy, runs) => {
        const vm = foreignVm(template, { runStrategy });
        const { spec, changes } = adoptVm(vm, runs ? RUNNING : undefined);
        const parsed = InstanceSpec.parse(spec);
        const ofVm = {
          firmwareUUID: 'aaaaaaaa-0000-4000-8000-000000000001',
          serial: 'FOREIGN-1',
          macAddresses: {},
        };
        const identity = resolveIdentity({ uid: 'another', spec: parsed, frozen: undefined, ofVm });
        const rendered = renderTemplate({
          vm: renderVm(parsed, identity, undefined),
          instanceUid: INSTANCE_UID,
        });
        if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
        const missing = missingFrom(rendered.template.spec, vm.spec.template.spec, 'spec.template.spec');
        expect(changes.map(({ path }) => path).filter((path) => path !== 'spec.runStrategy')).toEqual(
          missing,
        );
        expect(missing.filter((path) => !/evictionStrategy|macAddress/.test(path))).toEqual([]);
        expect(
          missingFrom(vm.spec.template.spec, rendered.template.spec, '').filter(
            (path) => path !== '.evictionStrategy',
          ),
        ).toEqual([]);
      }),
    );
  });

  it('keeps the address of the guest that runs, which KubeVirt would make up anew', () => {
    const { spec, changes, notPortable } = adoptVm(foreignVm(), RUNNING);
    expect(spec).toMatchObject({
      powerState: 'Running',
      deletionPolicy: 'Retain',
      kubevirt: {
        template: {
          spec: {
            domain: { devices: { interfaces: [{ name: 'default', macAddress: '52:54:00:12:34:56' }] } },
          },
        },
      },
    });
    expect(changes).toHaveLength(2);
    expect(changes).toEqual(
      expect.arrayContaining([
        { path: 'spec.template.spec.evictionStrategy', was: undefined, becomes: 'External' },
        {
          path: 'spec.template.spec.domain.devices.interfaces[0].macAddress',
          was: undefined,
          becomes: '52:54:00:12:34:56',
        },
      ]),
    );
    expect(notPortable).toContain('spec.template.spec.domain.devices.disks[0].serial');
  });

  it('says how it will be run', () => {
    expect(adoptVm(foreignVm({}, { runStrategy: 'RerunOnFailure' }), RUNNING).changes[0]).toEqual({
      path: 'spec.runStrategy',
      was: 'RerunOnFailure',
      becomes: 'Always',
    });
    expect(adoptVm(foreignVm({}, { runStrategy: undefined, running: false }), undefined).spec).toMatchObject({
      powerState: 'Stopped',
    });
  });

  it('has nothing of what medevac has marked its VMs with', () => {
    const native = ourVm({
      memory: undefined,
      disks: undefined,
      networks: undefined,
      kubevirt: { template: { metadata: { labels: { app: 'web' } }, spec: { domain: { devices: {} } } } },
    });
    expect(JSON.stringify(adoptVm(native, undefined).spec)).not.toContain('compute.medevac.dev');
    expect(adoptVm(native, undefined).spec).toMatchObject({
      kubevirt: { template: { metadata: { labels: { app: 'web' } } } },
    });
  });

  it('tells that the VM is booted for a rescue', () => {
    expect(adoptVm(ourVm({ disks: [aDisk()], rescue: aRescue() }), undefined).rescued).toBe(true);
    expect(adoptVm(ourVm({ disks: [aDisk()] }), undefined).rescued).toBe(false);
  });
});
