import { describe, expect, it } from '@jest/globals';
import { admitInstance, type InstanceRequest } from '../../../../src/domain/instance/admission.ts';
import { ADMITTED } from '../../../../src/domain/verdict.ts';
import { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { unconfiguredDriver } from '../../../../src/drivers/unconfigured.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import { aRescueSpec, aSpec } from '../../../builders/vm.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { anExpiredLease } from './situation.ts';

const { capabilities } = new MemoryDriver({ clock: new FakeClock(), nodes: () => [] });
const UNFINISHED = { name: 'web-1-away', phase: 'Running', elapsedSeconds: 12 };

function aRequest(fields: Partial<InstanceRequest>): InstanceRequest {
  return {
    namespace: 'team-a',
    name: 'web-1',
    driver: { name: 'memory', capabilities },
    before: aSpec(),
    after: aSpec(),
    unfinished: UNFINISHED,
    unrescueDuringMigration: 'Refuse',
    rescue: undefined,
    ...fields,
  };
}

describe('while a migration is unfinished, it is', () => {
  it.each([
    { doing: 'rescue', before: aSpec(), after: aRescueSpec() },
    { doing: 'unrescue', before: aRescueSpec(), after: aSpec() },
    { doing: 'change the rescue of', before: aRescueSpec(), after: aRescueSpec({ device: 'Disk' }) },
    { doing: 'stop', before: aSpec(), after: aSpec({ powerState: 'Stopped' }) },
    { doing: 'start', before: aSpec({ powerState: 'Stopped' }), after: aSpec() },
    {
      doing: 'stop',
      before: aRescueSpec(),
      after: aSpec({ rescue: aRescue(), powerState: 'Stopped' }),
    },
  ])('refused to $doing an Instance', ({ doing, before, after }) => {
    expect(admitInstance(aRequest({ before, after }))).toEqual({
      kind: 'Refused',
      code: 409,
      reason: 'MigrationInProgress',
      message:
        `Cannot ${doing} Instance team-a/web-1 while LiveMigration web-1-away is unfinished ` +
        '(phase Running for 12 s). Wait until it is over, or abort it.',
    });
  });

  it('refused in the name of whatever migrates it', () => {
    const unfinished = {
      kind: 'VirtualMachineInstanceMigration',
      name: 'm-1',
      phase: 'Queued',
      elapsedSeconds: 3,
    };
    expect(admitInstance(aRequest({ before: aRescueSpec(), after: aSpec(), unfinished }))).toMatchObject({
      code: 409,
      message:
        'Cannot unrescue Instance team-a/web-1 while VirtualMachineInstanceMigration m-1 is unfinished ' +
        '(phase Queued for 3 s). Wait until it is over, or delete it.',
    });
  });

  it.each([
    { name: 'nothing', before: aSpec(), after: aSpec() },
    { name: 'hardware, which waits for the next boot', before: aSpec(), after: aSpec({ memory: '2Gi' }) },
    { name: 'the lease of a rescue', before: aRescueSpec(), after: aRescueSpec({ expiresAfter: '4h' }) },
    { name: 'what a drain means', before: aSpec(), after: aSpec({ evacuation: { policy: 'Block' } }) },
  ])('admitted to change $name', ({ before, after }) => {
    expect(admitInstance(aRequest({ before, after }))).toEqual(ADMITTED);
  });

  it('admitted to create an Instance of that name', () => {
    expect(admitInstance(aRequest({ before: undefined, after: aRescueSpec() }))).toEqual(ADMITTED);
  });
});

describe('a rescue that its lease has ended, while a migration is unfinished, is', () => {
  const { spec, rescue } = anExpiredLease('Unrescue');
  const before = aSpec(spec);

  it.each([
    { name: 'removed, which does nothing to the VM', after: aSpec() },
    { name: 'kept', after: aSpec({ ...spec, memory: '2Gi' }) },
  ])('$name: admitted', ({ after }) => {
    expect(admitInstance(aRequest({ before, after, rescue }))).toEqual(ADMITTED);
  });

  it.each([
    {
      name: 'made longer, which rescues anew',
      after: aRescueSpec({ expiresAfter: '2h', onExpiry: 'Unrescue' }),
    },
    { name: 'changed', after: aRescueSpec({ device: 'Disk' }) },
  ])('$name: refused', ({ after }) => {
    expect(admitInstance(aRequest({ before, after, rescue }))).toMatchObject({
      code: 409,
      message: expect.stringMatching(/^Cannot rescue Instance/),
    });
  });

  it('put back after it was removed: refused', () => {
    const after = aRescueSpec({ device: 'Disk' });
    expect(admitInstance(aRequest({ before: aSpec(), after, rescue }))).toMatchObject({ code: 409 });
  });
});

describe('where edits during a migration are deferred, it is admitted with a warning', () => {
  it.each([
    { what: 'rescue', before: aSpec(), after: aRescueSpec() },
    { what: 'unrescue', before: aRescueSpec(), after: aSpec() },
    { what: 'change of its rescue', before: aRescueSpec(), after: aRescueSpec({ device: 'Disk' }) },
    { what: 'stop', before: aSpec(), after: aSpec({ powerState: 'Stopped' }) },
    { what: 'start', before: aSpec({ powerState: 'Stopped' }), after: aSpec() },
  ])('to $what', ({ what, before, after }) => {
    expect(admitInstance(aRequest({ before, after, unrescueDuringMigration: 'Defer' }))).toEqual({
      kind: 'Admitted',
      warnings: [
        'LiveMigration web-1-away of Instance team-a/web-1 is unfinished (phase Running for 12 s): ' +
          `the ${what} is carried out when it is over. To have that sooner, abort it.`,
      ],
    });
  });

  it('after which come those of the rescue itself', () => {
    const after = aRescueSpec({ source: { persistentVolumeClaim: { claimName: 'tools' } } });
    const verdict = admitInstance(aRequest({ after, unrescueDuringMigration: 'Defer' }));
    expect(verdict).toMatchObject({ warnings: [expect.anything(), expect.stringContaining('"tools"')] });
  });

  it('but not where a field cannot be honoured', () => {
    const driver = { name: 'memory', capabilities: { ...capabilities, diskSources: [] } };
    const request = { driver, after: aRescueSpec(), unrescueDuringMigration: 'Defer' } as const;
    expect(admitInstance(aRequest(request))).toMatchObject({ code: 400 });
  });
});

describe('with no migration, it is', () => {
  it.each([
    { name: 'rescue', before: aSpec(), after: aRescueSpec() },
    { name: 'unrescue', before: aRescueSpec(), after: aSpec() },
    { name: 'stop', before: aSpec(), after: aSpec({ powerState: 'Stopped' }) },
  ])('admitted to $name', ({ before, after }) => {
    expect(admitInstance(aRequest({ before, after, unfinished: undefined }))).toEqual(ADMITTED);
  });
});

describe('a driver that the operator was not started with', () => {
  it('is named itself, not the fields', () => {
    const driver = { name: 'libvirt', capabilities: unconfiguredDriver('libvirt').capabilities };
    expect(admitInstance(aRequest({ driver, before: undefined, unfinished: undefined }))).toEqual({
      kind: 'Refused',
      code: 400,
      reason: 'DriverNotConfigured',
      message:
        'Instance team-a/web-1 names driver libvirt, which this operator was not started with. ' +
        "Name the operator's own driver or none, or start the operator with --driver libvirt.",
    });
  });
});

describe('a field that the driver cannot honour', () => {
  const disks = [aDisk({ source: { volume: { pool: 'default', name: 'root' } } })];

  it.each([
    { when: 'created', before: undefined },
    { when: 'changed', before: aSpec() },
  ])('is refused when the Instance is $when, naming field and driver', ({ before }) => {
    const driver = { name: 'memory', capabilities: { ...capabilities, diskSources: [] } };
    expect(
      admitInstance(aRequest({ driver, before, after: aSpec({ disks }), unfinished: undefined })),
    ).toEqual({
      kind: 'Refused',
      code: 400,
      reason: 'FieldUnsupported',
      message:
        'Driver memory of Instance team-a/web-1 cannot honour spec.disks[0].source.volume. ' +
        'Remove it, or choose another driver.',
    });
  });
});

describe('a storage pool', () => {
  const POOLS = { fast: ['team-a'], slow: ['team-b'] };
  const on = (pool: string) =>
    aSpec({ disks: [{ name: 'root', source: { volume: { pool, name: 'web-1.img' } } }] });
  const rescuedFrom = (pool: string) =>
    aSpec({ ...on('fast'), rescue: { source: { volume: { pool, name: 'rescue.img' } }, device: 'Disk' } });

  it.each([
    { name: 'of another namespace', after: on('slow'), pool: 'slow' },
    { name: 'that there is none of', after: on('other'), pool: 'other' },
    { name: 'of another namespace, for a rescue', after: rescuedFrom('slow'), pool: 'slow' },
  ])('$name is refused', ({ after, pool }) => {
    const driver = withPools();
    expect(admitInstance(aRequest({ driver, before: undefined, after, unfinished: undefined }))).toEqual({
      kind: 'Refused',
      code: 403,
      reason: 'PoolNotOpen',
      message:
        `Storage pool "${pool}", which Instance team-a/web-1 names, is not open to namespace "team-a". ` +
        'Use a pool that is, or ask an administrator to open it in the configuration of the operator.',
    });
  });

  it.each([
    { name: 'that is open to the namespace', before: undefined, after: on('fast') },
    {
      name: 'that was named before',
      before: on('slow'),
      after: { ...on('slow'), powerState: 'Stopped' as const },
    },
  ])('$name is let in', ({ before, after }) => {
    const driver = withPools();
    expect(admitInstance(aRequest({ driver, before, after, unfinished: undefined }))).toMatchObject({
      kind: 'Admitted',
    });
  });

  function withPools(): InstanceRequest['driver'] {
    const { driver } = aRequest({});
    return { ...driver, capabilities: { ...driver.capabilities, diskSources: ['volume'], pools: POOLS } };
  }
});
