import { describe, expect, it } from '@jest/globals';
import type { LiveMigrationStatus } from '../../../../src/api/live-migration.ts';
import { PROGRESS_INTERVAL } from '../../../../src/domain/backoff.ts';
import { decideMigration } from '../../../../src/domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import { nextMigrationStatus, QUIET_MOMENT } from '../../../../src/domain/live-migration/status.ts';
import { ACCEPTED, NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  NOW,
  NOW_MS,
} from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';

const LOCKED = anInstanceObservation({
  instance: aStoredInstance({
    status: aStatus({
      operation: anOperation('Migrate'),
      migration: { name: 'web-1-away', source: 'node-a' },
    }),
  }),
});

function statusOf(
  fields: Partial<MigrationObservation>,
  now = NOW_MS,
  outcome: Outcome = NOTHING_DONE,
): LiveMigrationStatus | undefined {
  const observation = aMigrationObservation({ instance: LOCKED, ...fields });
  return nextMigrationStatus(observation, decideMigration(observation, now), outcome, now);
}

const LATER = '2026-11-23T10:00:01.000Z';
const NO_CONDITIONS = { conditions: expect.any(Array) };

/** Conditions in a line each: type, status, reason. */
function brief(status: LiveMigrationStatus | undefined): string[] {
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);
}

describe('what is worth a write', () => {
  it.each([
    {
      name: 'not the lock that is taken',
      fields: { instance: anInstanceObservation() },
      outcome: NOTHING_DONE,
    },
    { name: 'not the order that was accepted', fields: {}, outcome: ACCEPTED },
    {
      name: 'not a migration that has ended and said so',
      fields: { migration: aStoredMigration({ status: { observedGeneration: 1, phase: 'Succeeded' } }) },
      outcome: NOTHING_DONE,
    },
    {
      name: 'not a short preparation',
      fields: { observed: anObservedMigration({ phase: 'Preparing', startedAt: undefined }) },
      outcome: NOTHING_DONE,
    },
  ])('$name', ({ fields, outcome }) => {
    expect(statusOf(fields, NOW_MS, outcome)).toBeUndefined();
  });

  it.each(['Queued', 'Preparing'] as const)('a driver that is %s for long', (phase) => {
    const observed = anObservedMigration({ phase, startedAt: undefined });
    expect(statusOf({ observed }, NOW_MS + QUIET_MOMENT - 1)).toBeUndefined();
    expect(statusOf({ observed }, NOW_MS + QUIET_MOMENT)).toMatchObject({ phase, attempts: 1 });
  });

  it('a preparation that was shown is kept up to date', () => {
    const observed = anObservedMigration({ phase: 'Preparing', startedAt: undefined, destination: 'node-c' });
    const migration = aStoredMigration({ status: { observedGeneration: 1, phase: 'Preparing' } });
    expect(statusOf({ observed, migration })).toMatchObject({ destination: { node: 'node-c' } });
  });
});

describe('the figures of a transfer', () => {
  const written = { percent: 10, observedTime: NOW };
  const migration = aStoredMigration({
    status: { observedGeneration: 1, phase: 'Running', attempts: 1, startTime: NOW, progress: written },
  });
  const progress = { percent: 60 };

  it.each([
    { name: 'not again at once', phase: 'Running' as const, after: PROGRESS_INTERVAL - 1, want: 10 },
    { name: 'after a while', phase: 'Running' as const, after: PROGRESS_INTERVAL, want: 60 },
    { name: 'at the end at once', phase: 'Failed' as const, after: 1, want: 60 },
  ])('are written $name', ({ phase, after, want }) => {
    const observed = anObservedMigration({ phase, progress });
    expect(statusOf({ migration, observed }, NOW_MS + after)?.progress?.percent).toBe(want);
  });

  it.each([
    { name: 'not at once', after: PROGRESS_INTERVAL - 1, want: undefined },
    { name: 'after a while', after: PROGRESS_INTERVAL, want: 60 },
  ])('that had none when it was said to run are written $name', ({ after, want }) => {
    const status = { observedGeneration: 1, phase: 'Running', attempts: 1, startTime: NOW } as const;
    const observed = anObservedMigration({ progress });
    const next = statusOf({ migration: aStoredMigration({ status }), observed }, NOW_MS + after);
    expect(next?.progress?.percent).toBe(want);
  });
});

describe('the status of a migration', () => {
  it('that waits says for what', () => {
    const status = statusOf({ instance: undefined });
    expect(status).toEqual({ observedGeneration: 1, phase: 'Queued', ...NO_CONDITIONS });
    expect(brief(status)).toEqual([
      'Admitted=Unknown InstanceNotFound',
      'Reconciling=True InstanceNotFound',
      'Stalled=False NotStalled',
      'Completed=False Queued',
      'Ready=False Queued',
    ]);
  });

  it('that is transferred has its facts', () => {
    const progress = { percent: 40, memoryTotalBytes: 1000 };
    const status = statusOf({ observed: anObservedMigration({ progress }) });
    expect(status).toEqual({
      observedGeneration: 1,
      phase: 'Running',
      instanceState: 'Running',
      source: { node: 'node-a' },
      destination: { node: 'node-b' },
      attempts: 1,
      startTime: NOW,
      progress: { ...progress, observedTime: NOW },
      ...NO_CONDITIONS,
    });
    expect(brief(status)).toEqual([
      'Admitted=True Admitted',
      'Reconciling=True Running',
      'Stalled=False NotStalled',
      'Completed=False Running',
      'Ready=False Running',
    ]);
  });

  it('keeps its facts, and takes a destination that is known later', () => {
    const status = {
      observedGeneration: 1,
      phase: 'Running',
      attempts: 1,
      startTime: '2026-11-23T09:59:00.000Z',
    } as const;
    const migration = aStoredMigration({ status: { ...status, source: { node: 'node-x' } } });
    expect(statusOf({ migration, observed: anObservedMigration() })).toMatchObject({
      startTime: '2026-11-23T09:59:00.000Z',
      source: { node: 'node-x' },
      destination: { node: 'node-b' },
    });
  });

  it.each([
    { name: 'it was transferred: when the driver says', fields: {}, want: NOW },
    { name: 'it failed in the transfer', fields: { phase: 'Failed' as const }, want: NOW },
    { name: 'the driver does not say: when it was seen', fields: { startedAt: undefined }, want: LATER },
    { name: 'it failed before', fields: { phase: 'Failed' as const, startedAt: undefined }, want: undefined },
  ])('has a start where $name', ({ fields, want }) => {
    expect(statusOf({ observed: anObservedMigration(fields) }, Date.parse(LATER))?.startTime).toBe(want);
  });

  it.each([
    { name: 'began', fields: { startedAt: undefined, endedAt: NOW } },
    { name: 'ended', fields: { startedAt: NOW, endedAt: undefined } },
  ])('has no duration where the driver does not say when it $name', ({ fields }) => {
    const observed = anObservedMigration({ phase: 'Failed', ...fields });
    expect(statusOf({ observed })).not.toHaveProperty('transferMilliseconds');
  });

  it('says what the driver says of it while it is not over', () => {
    const trouble = { reason: 'X', message: 'The guest writes faster than it can be copied.' };
    const { conditions } = statusOf({ observed: anObservedMigration({ trouble }) }) ?? {};
    const messages = conditions?.filter(({ type }) => ['Reconciling', 'Ready'].includes(type));
    expect(messages?.map(({ message }) => message)).toEqual([trouble.message, trouble.message]);
  });

  it('says its phase where nobody has words', () => {
    const { conditions } = statusOf({ observed: anObservedMigration() }) ?? {};
    expect(conditions?.at(-1)).toMatchObject({ type: 'Ready', message: 'The migration is Running.' });
  });

  it('that succeeded says when, how long and where', () => {
    const observed = anObservedMigration({
      phase: 'Succeeded',
      startedAt: '2026-11-23T09:59:50.000Z',
      endedAt: '2026-11-23T09:59:58.500Z',
      progress: { percent: 100 },
      downtimeMilliseconds: 76,
    });
    const instance = { ...LOCKED, vm: anObservedVm({ running: { node: 'node-b' } }) };
    const status = statusOf({ observed, instance });
    expect(status).toMatchObject({
      phase: 'Succeeded',
      startTime: '2026-11-23T09:59:50.000Z',
      completionTime: '2026-11-23T09:59:58.500Z',
      progress: { percent: 100, observedTime: NOW },
      transferMilliseconds: 8_500,
      downtimeMilliseconds: 76,
      outcome: { node: 'node-b' },
    });
    expect(brief(status)).toEqual([
      'Admitted=True Admitted',
      'Reconciling=False Finished',
      'Stalled=False NotStalled',
      'Completed=True Migrated',
      'Ready=True Migrated',
    ]);
  });

  it('that failed is stalled', () => {
    const observed = anObservedMigration({ phase: 'Failed', endedAt: NOW });
    expect(brief(statusOf({ observed }))).toEqual([
      'Admitted=True Admitted',
      'Reconciling=False Finished',
      'Stalled=True MigrationFailed',
      'Completed=False MigrationFailed',
      'Ready=False MigrationFailed',
    ]);
  });

  it('that was aborted is ready, and not completed', () => {
    const observed = anObservedMigration({ phase: 'Failed', aborting: true, endedAt: NOW });
    const migration = aStoredMigration({ spec: { abort: true } });
    expect(brief(statusOf({ observed, migration }))).toEqual([
      'Admitted=True Admitted',
      'Reconciling=False Finished',
      'Stalled=False NotStalled',
      'Completed=False AbortRequested',
      'Ready=True AbortRequested',
    ]);
  });

  it('that the gate refused was not admitted', () => {
    const status = statusOf({
      unsupportedFields: ['spec.policy.postCopy'],
      instance: anInstanceObservation(),
    });
    expect(status).toMatchObject({ phase: 'Failed', outcome: { node: 'node-a' }, completionTime: NOW });
    expect(brief(status)).toEqual([
      'Admitted=False FieldUnsupported',
      'Reconciling=False Finished',
      'Stalled=True FieldUnsupported',
      'Completed=False FieldUnsupported',
      'Ready=False FieldUnsupported',
    ]);
  });

  it.each([
    { answer: 'knows of none', outcome: driverErrors.notFound('none'), want: 'Aborted' },
    { answer: 'has one', outcome: ACCEPTED, want: undefined },
    { answer: 'does not answer', outcome: driverErrors.unavailable('no answer'), want: undefined },
  ])('that was never seen is over where the driver $answer: $want', ({ outcome, want }) => {
    const migration = aStoredMigration({ spec: { abort: true } });
    expect(statusOf({ migration }, NOW_MS, outcome)?.phase).toBe(want);
  });

  it('is kept when an order that was late is carried out after all', () => {
    const migration = aStoredMigration({ status: { observedGeneration: 1, phase: 'Aborted' } });
    expect(statusOf({ migration, observed: anObservedMigration() }, NOW_MS, ACCEPTED)).toBeUndefined();
  });

  it('keeps what was known of it when the driver has forgotten it', () => {
    const status = {
      observedGeneration: 1,
      phase: 'Running',
      attempts: 1,
      startTime: NOW,
      source: { node: 'node-a' },
      destination: { node: 'node-b' },
      progress: { percent: 70, observedTime: NOW },
    } as const;
    expect(statusOf({ migration: aStoredMigration({ status }) })).toMatchObject({
      phase: 'Failed',
      source: { node: 'node-a' },
      destination: { node: 'node-b' },
      startTime: NOW,
      progress: { percent: 70, observedTime: NOW },
    });
  });
});

describe('an order to start that the driver', () => {
  it.each([driverErrors.busy('Busy with another one.'), driverErrors.unavailable('No answer.')])(
    'may take later leaves the migration queued, in its words: $kind',
    (outcome) => {
      const status = statusOf({}, NOW_MS, outcome);
      expect(status).toMatchObject({ phase: 'Queued' });
      expect(status?.conditions?.find(({ type }) => type === 'Reconciling')).toMatchObject({
        status: 'True',
        message: outcome.message,
      });
    },
  );

  it.each([driverErrors.rejected('It will not.'), driverErrors.unsupported('It can not.')])(
    'will never take ends the migration, in its words: $kind',
    (outcome) => {
      const status = statusOf({}, NOW_MS, outcome);
      expect(status).toMatchObject({ phase: 'Failed', outcome: { node: 'node-a' } });
      expect(status?.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
        status: 'True',
        reason: 'DriverRefused',
        message: outcome.message,
      });
    },
  );
});
