import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InstanceSpec } from '../../../src/api/instance.ts';
import { RESCUE_DISK } from '../../../src/api/names.ts';
import { Rescue } from '../../../src/api/rescue.ts';
import { rescueSession, renderVm, type PortableHardware, type VmDisk } from '../../../src/domain/vm.ts';
import { aDisk, aRescue, aTemplatedInstance } from '../../builders/instance.ts';
import { anIdentity, aRenderedVm, aRescueSpec, aSpec, type SpecFields } from '../../builders/vm.ts';

const ROOT = aDisk();
const SEED = aDisk({ name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'userdata' } } });
const DATA = aDisk({ name: 'data', bus: 'scsi', source: { volume: { pool: 'default', name: 'data' } } });
const CREDENTIALS = { credentials: { secretName: 'rescue-login' } };

function hardware(fields: SpecFields): PortableHardware {
  const rendered = aRenderedVm(aSpec(fields)).hardware;
  if (rendered.kind !== 'Portable') throw new Error('it is a template');
  return rendered;
}

/** A disk in a word: name, whether it is booted from, and where a seed comes from. */
function brief({ name, bootOrder, source }: VmDisk): string {
  const seed = source.cloudInit === undefined ? '' : `<${source.cloudInit.secretName}>`;
  return `${name}${seed}${bootOrder === 1 ? '*' : ''}`;
}

describe('the disks of a boot', () => {
  it.each<{ name: string; fields: SpecFields; want: string[] }>([
    {
      name: 'normal: the first disk is booted from',
      fields: { disks: [ROOT, DATA] },
      want: ['root*', 'data'],
    },
    {
      name: 'normal: a seed is not booted from, wherever it stands',
      fields: { disks: [SEED, ROOT] },
      want: ['seed<userdata>', 'root*'],
    },
    {
      name: 'rescue: comes last and is booted from; the own disks keep their places and are not',
      fields: { disks: [ROOT, DATA], rescue: aRescue() },
      want: ['root', 'data', `${RESCUE_DISK}*`],
    },
    {
      name: 'rescue without credentials: the own seed is left out',
      fields: { disks: [ROOT, SEED, DATA], rescue: aRescue() },
      want: ['root', 'data', `${RESCUE_DISK}*`],
    },
    {
      name: 'rescue with credentials: the own seed is replaced in its place',
      fields: { disks: [ROOT, SEED, DATA], rescue: aRescue(CREDENTIALS) },
      want: ['root', 'seed<rescue-login>', 'data', `${RESCUE_DISK}*`],
    },
    {
      name: 'rescue with credentials and no own seed: the credentials come behind the own disks',
      fields: { disks: [ROOT, DATA], rescue: aRescue(CREDENTIALS) },
      want: ['root', 'data', `${RESCUE_DISK}-credentials<rescue-login>`, `${RESCUE_DISK}*`],
    },
    {
      name: 'rescue with two own seeds: the first is replaced, the other left out',
      fields: { disks: [SEED, ROOT, { ...SEED, name: 'seed-2' }], rescue: aRescue(CREDENTIALS) },
      want: ['seed<rescue-login>', 'root', `${RESCUE_DISK}*`],
    },
  ])('$name', ({ fields, want }) => {
    expect(hardware(fields).disks.map(brief)).toEqual(want);
  });

  it.each([
    { name: 'a CDROM is on sata', rescue: aRescue(), want: { device: 'CDROM', bus: 'sata' } },
    {
      name: 'a Disk is on virtio',
      rescue: aRescue({ device: 'Disk' }),
      want: { device: 'Disk', bus: 'virtio' },
    },
    {
      name: 'a bus that is asked for is taken',
      rescue: aRescue({ device: 'Disk', bus: 'usb' }),
      want: { device: 'Disk', bus: 'usb' },
    },
  ])('of a rescue: $name', ({ rescue, want }) => {
    expect(hardware({ rescue }).disks.at(-1)).toMatchObject(want);
  });

  it.each<{ disk: Parameters<typeof aDisk>[0]; want: string }>([
    { disk: {}, want: 'virtio' },
    { disk: { device: 'CDROM' }, want: 'sata' },
    { disk: { bus: 'scsi' }, want: 'scsi' },
    { disk: { device: 'CDROM', bus: 'usb' }, want: 'usb' },
  ])('are on their buses: $disk', ({ disk, want }) => {
    expect(hardware({ disks: [aDisk(disk)] }).disks[0]?.bus).toBe(want);
  });

  it('have the same serials, buses and devices in every boot', () => {
    const normal = hardware({ disks: [ROOT, DATA] }).disks;
    const rescued = hardware({ disks: [ROOT, DATA], rescue: aRescue() }).disks;
    const places = (disks: readonly VmDisk[]) => disks.map(({ bootOrder, ...disk }) => disk);
    expect(places(rescued).slice(0, -1)).toEqual(places(normal));
  });

  it('have exactly one that is booted from, and distinct serials', () => {
    const disk = fc.constantFrom(ROOT, SEED, DATA).map((chosen) => ({ ...chosen }));
    const disks = fc
      .array(disk, { minLength: 1, maxLength: 5 })
      .map((list) => list.map((each, index) => ({ ...each, name: `${each.name}-${index}` })))
      .filter((list) => list.some(({ source }) => source.cloudInit === undefined));
    const rescue = fc.constantFrom(undefined, aRescue(), aRescue(CREDENTIALS));
    fc.assert(
      fc.property(disks, rescue, (own, how) => {
        const rendered = hardware({ disks: own, ...(how === undefined ? {} : { rescue: how }) }).disks;
        expect(rendered.filter(({ bootOrder }) => bootOrder === 1)).toHaveLength(1);
        expect(new Set(rendered.map(({ serial }) => serial)).size).toBe(rendered.length);
      }),
    );
  });
});

describe('the rest of the machine', () => {
  it('is as the spec says', () => {
    const fields = {
      cpu: { cores: 4 },
      memory: '8Gi',
      machine: { firmware: 'UEFI' as const },
      placement: { nodeSelector: { zone: 'a' } },
    };
    expect(hardware(fields)).toMatchObject({
      cores: 4,
      memory: '8Gi',
      machineType: 'q35',
      firmware: 'UEFI',
      nodeSelector: { zone: 'a' },
    });
  });

  it('has its defaults', () => {
    expect(hardware({})).toMatchObject({ cores: 1, machineType: 'q35', firmware: 'BIOS', nodeSelector: {} });
  });

  it('has its networks in the order of the spec, also where a name looks like a number', () => {
    const names = ['b', '10', 'a', '2'];
    const networks = names.map((name) => ({ name, podNetwork: {} }));
    expect(hardware({ networks }).networks.map(({ name }) => name)).toEqual(names);
  });

  it('has the addresses of its identity', () => {
    const { identity, hardware: rendered } = aRenderedVm();
    expect(rendered).toMatchObject({
      networks: [{ name: 'default', macAddress: identity.macAddresses['default'] }],
    });
  });
});

describe('a native template', () => {
  const spec = (fields: object = {}) =>
    InstanceSpec.parse({ ...aTemplatedInstance({ spec: { x: 1 } }).spec, ...fields });

  it('is kept as it is given', () => {
    expect(aRenderedVm(spec()).hardware).toEqual({
      kind: 'Native',
      template: { spec: { x: 1 } },
      nodeSelector: {},
    });
  });

  it('gets what a rescue adds beside it', () => {
    expect(aRenderedVm(spec({ rescue: aRescue(CREDENTIALS) })).hardware).toMatchObject({
      kind: 'Native',
      template: { spec: { x: 1 } },
      rescue: { disk: { name: RESCUE_DISK, bootOrder: 1, bus: 'sata' }, credentialsSecret: 'rescue-login' },
    });
  });
});

describe('what a boot is called', () => {
  const boot = (fields: SpecFields) => aRenderedVm(aSpec(fields)).boot;

  it.each<{ name: string; a: SpecFields; b: SpecFields; same: boolean }>([
    {
      name: 'a lease makes no other session',
      a: {},
      b: { expiresAfter: '4h', onExpiry: 'Stop' } as object,
      same: true,
    },
    {
      name: 'another image does',
      a: {},
      b: { source: { containerDisk: { image: 'other' } } } as object,
      same: false,
    },
    { name: 'another device does', a: {}, b: { device: 'Disk' } as object, same: false },
    { name: 'another bus does', a: {}, b: { bus: 'usb' } as object, same: false },
    { name: 'credentials do', a: {}, b: CREDENTIALS as object, same: false },
  ])('$name', ({ a, b, same }) => {
    const [one, two] = [a, b].map((fields) => rescueSession(Rescue.parse(aRescue(fields as object))));
    expect(one === two).toBe(same);
  });

  it('a normal boot has no session', () => {
    expect(boot({})).toMatchObject({ mode: 'Normal', session: '' });
    expect(boot({ rescue: aRescue() })).toMatchObject({
      mode: 'Rescue',
      session: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it.each<{ name: string; fields: SpecFields; same: boolean }>([
    { name: 'more memory is another spec', fields: { memory: '2Gi' }, same: false },
    {
      name: 'another placement is, too',
      fields: { placement: { nodeSelector: { zone: 'b' } } },
      same: false,
    },
    { name: 'a power state is not', fields: { powerState: 'Stopped' }, same: true },
    { name: 'a drain policy is not', fields: { evacuation: { policy: 'Block' } }, same: true },
    { name: 'a deletion policy is not', fields: { deletionPolicy: 'Retain' }, same: true },
  ])('$name', ({ fields, same }) => {
    expect(boot(fields).specHash === boot({}).specHash).toBe(same);
  });
});

describe('rendering', () => {
  it('gives the VM before a rescue again after it, deep-equal', () => {
    const fields: SpecFields = { disks: [ROOT, SEED, DATA] };
    const before = aRenderedVm(aSpec(fields));
    aRenderedVm(aSpec({ ...fields, rescue: aRescue(CREDENTIALS) }));
    expect(aRenderedVm(aSpec(fields))).toEqual(before);
  });

  it('depends on nothing but spec, identity and rescue', () => {
    const spec = aRescueSpec();
    const identity = anIdentity(spec);
    const copy = structuredClone({ spec, identity });
    expect(renderVm(copy.spec, copy.identity, copy.spec.rescue)).toEqual(
      renderVm(spec, identity, spec.rescue),
    );
  });
});
