import { describe, expect, it } from '@jest/globals';
import type { InstanceStatus } from '../../../../src/api/instance.ts';
import { decideMigration } from '../../../../src/domain/live-migration/decide.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anObservedMigration,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  NOW_MS,
  type StoredMigrationOptions,
} from '../../../builders/observation.ts';
import { anObservedVm, type SpecFields } from '../../../builders/vm.ts';
import type { ObservedMigration } from '../../../../src/domain/observed.ts';
import { aLeaseThatIsOver, anExpiredLease } from '../instance/situation.ts';
import { ABORT, OURS, RESCUED_VM, SEEN } from './situation.ts';

/** The lease of an hour began an hour before `NOW`. */
const EXPIRED_AT = { expiresAt: '2026-11-23T10:00:00.000Z' };
const BEFORE_IT_EXPIRED = '2026-11-23T09:30:00.000Z';
const AFTER_IT_EXPIRED = '2026-11-23T10:00:01.000Z';

interface Lease {
  readonly spec: SpecFields;
  readonly rescue: InstanceStatus['rescue'];
}

interface Situation {
  readonly lease?: Lease;
  readonly vm?: typeof RESCUED_VM;
  readonly migration?: StoredMigrationOptions;
  readonly observed?: ObservedMigration;
  readonly lock?: typeof OURS | undefined;
}

function decide(situation: Situation) {
  const { lease = aLeaseThatIsOver('Unrescue'), vm = RESCUED_VM, migration, observed } = situation;
  const rescue = lease.rescue && { ...lease.rescue, ...EXPIRED_AT };
  const lock = 'lock' in situation ? situation.lock : OURS;
  const status = aStatus({
    ...(lock === undefined ? {} : { operation: lock }),
    ...(rescue === undefined ? {} : { rescue }),
    migration: { name: 'web-1-away', source: 'node-a' },
  });
  const instance = anInstanceObservation({ vm, instance: aStoredInstance({ spec: lease.spec, status }) });
  return decideMigration(
    aMigrationObservation({ instance, observed, migration: aStoredMigration(migration) }),
    NOW_MS,
  );
}

const OVERTAKEN = {
  kind: 'End',
  ending: {
    phase: 'Failed',
    reason: 'LeaseExpired',
    message:
      'The lease of the rescue of Instance default/web-1 expired before the transfer began, and ends the rescue. ' +
      'Create the LiveMigration again if the Instance is still to be moved. The guest is unharmed on node "node-a".',
    node: 'node-a',
  },
};
const queued = anObservedMigration({ phase: 'Queued', startedAt: undefined });
const preparing = anObservedMigration({ phase: 'Preparing', startedAt: undefined });
const endedWith = (fields: Partial<ObservedMigration>) =>
  anObservedMigration({ phase: 'Failed', aborting: true, startedAt: undefined, ...fields });

describe('when the lease of the rescue is over, a LiveMigration', () => {
  it.each<Situation & { name: string; want: object }>([
    { name: 'that has not begun ends', lock: undefined, want: OVERTAKEN },
    { name: 'that holds the lock only is withdrawn, and ends', want: { kind: 'Withdraw', then: OVERTAKEN } },
    { name: 'that is queued at the driver is aborted', observed: queued, want: { kind: 'Abort' } },
    { name: 'that is being prepared is aborted', observed: preparing, want: { kind: 'Abort' } },
    {
      name: 'also of one that is to be stopped',
      lease: aLeaseThatIsOver('Stop'),
      observed: queued,
      want: { kind: 'Abort' },
    },
    { name: 'is aborted once', observed: { ...preparing, aborting: true }, want: { kind: 'Follow' } },
    { name: 'that transfers goes on', observed: anObservedMigration(), want: { kind: 'Follow' } },
    {
      name: 'that transfers, though nothing says since when, goes on',
      observed: anObservedMigration({ startedAt: undefined }),
      want: { kind: 'Follow' },
    },
    {
      name: 'that has begun its last moments goes on',
      observed: anObservedMigration({ phase: 'Completing' }),
      want: { kind: 'Follow' },
    },
    { name: 'that was aborted for it says so', observed: endedWith({}), want: OVERTAKEN },
    {
      name: 'whose abort came when the transfer had just begun says so',
      observed: endedWith({ startedAt: AFTER_IT_EXPIRED }),
      want: OVERTAKEN,
    },
    {
      name: 'that the driver forgot after it was aborted says so',
      migration: { status: { observedGeneration: 1, phase: 'Queued', attempts: 1 } },
      want: OVERTAKEN,
    },
    {
      name: 'that somebody aborted in its transfer does not blame the lease',
      observed: endedWith({ startedAt: BEFORE_IT_EXPIRED }),
      want: { ending: { phase: 'Failed', reason: 'MigrationFailed' } },
    },
    {
      name: 'that failed by itself does not blame the lease',
      observed: endedWith({ aborting: false, trouble: { reason: 'X', message: 'Bad.' } }),
      want: { ending: { phase: 'Failed', reason: 'MigrationFailed' } },
    },
    {
      name: 'that was deleted at the driver in its transfer does not blame the lease',
      migration: { status: { ...SEEN.status, startTime: BEFORE_IT_EXPIRED } },
      want: { ending: { phase: 'Failed', reason: 'MigrationVanished' } },
    },
    {
      name: 'that the user aborted says that',
      migration: ABORT,
      observed: endedWith({}),
      want: { ending: { phase: 'Aborted', reason: 'AbortRequested' } },
    },
    {
      name: 'is let be where the rescue is kept',
      lease: aLeaseThatIsOver('Keep'),
      observed: queued,
      want: { kind: 'Follow' },
    },
    {
      name: 'may begin where the rescue is kept',
      lease: anExpiredLease('Keep'),
      lock: undefined,
      want: { kind: 'TakeLock' },
    },
    {
      name: 'may begin where the lease has ended the rescue',
      lease: anExpiredLease('Unrescue'),
      vm: anObservedVm(),
      lock: undefined,
      want: { kind: 'TakeLock' },
    },
    {
      name: 'of an Instance that its lease has unrescued goes on',
      lease: anExpiredLease('Unrescue'),
      vm: anObservedVm(),
      observed: queued,
      want: { kind: 'Follow' },
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(decide(situation)).toMatchObject(want);
  });
});
