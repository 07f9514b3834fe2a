import { describe, expect, it } from '@jest/globals';
import { admitInstance, type InstanceRequest } from '../../../../src/domain/instance/admission.ts';
import { ADMITTED } from '../../../../src/domain/verdict.ts';
import { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import { aRescueSpec, aSpec } from '../../../builders/vm.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

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

describe('with no migration, it is', () => {
  it.each([
    { name: 'rescue', before: aSpec(), after: aRescueSpec() },
    { name: 'unrescue', before: aRescueSpec(), after: aSpec() },
    { name: 'stop', before: aSpec(), after: aSpec({ powerState: 'Stopped' }) },
  ])('admitted to $name', ({ before, after }) => {
    expect(admitInstance(aRequest({ before, after, unfinished: undefined }))).toEqual(ADMITTED);
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
