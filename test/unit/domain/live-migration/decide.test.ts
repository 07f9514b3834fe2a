import { describe, expect, it } from '@jest/globals';
import { MigrationPhase, type LiveMigration } from '../../../../src/api/live-migration.ts';
import type { ObservedMigration } from '../../../../src/domain/observed.ts';
import { decideMigration, isFinal } from '../../../../src/domain/live-migration/decide.ts';
import { stateOf } from '../../../../src/domain/instance/state.ts';
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
import { aNode } from '../../../builders/nodes.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { ABORT, LATE, observe, OURS, SEEN, THEIRS, type Situation } from './situation.ts';

const QUEUED = (reason: string, message: string) => ({ kind: 'Queue', reason, message });
const WAITS_FOR_INSTANCE = QUEUED('InstanceNotFound', 'Waiting for Instance default/web-1 to be there.');
/** It has said that it waits. */
const QUEUED_BEFORE = { status: { observedGeneration: 1, phase: 'Queued' as const } };
const BEING_DELETED = anInstanceObservation({
  instance: aStoredInstance({
    status: aStatus({ operation: OURS }),
    metadata: { deletionTimestamp: NOW },
  }),
});

describe('a LiveMigration that ends before it begins', () => {
  const lost = { node: aNode('node-a', { reachable: false }) };
  it.each([
    {
      name: 'refused, as nothing is known of the guest, says no node',
      instance: anInstanceObservation(lost),
      want: { phase: 'Failed', reason: 'InstanceState', node: undefined },
    },
    {
      name: 'refused, where the guest is seen, says its node',
      instance: anInstanceObservation({ vm: anObservedVm({ running: { phase: 'Paused' } }) }),
      want: { phase: 'Failed', reason: 'InstanceState', node: 'node-a' },
    },
    {
      name: 'aborted, while nothing is known of the guest, says no node',
      instance: anInstanceObservation(lost),
      migration: ABORT,
      want: { phase: 'Aborted', reason: 'AbortRequested', node: undefined },
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(decideMigration(observe(situation), NOW_MS)).toMatchObject({ kind: 'End', ending: want });
  });
});

describe('a LiveMigration', () => {
  it.each<Situation & { name: string; want: object }>([
    { name: 'takes the lock where it is free', want: { kind: 'TakeLock' } },
    { name: 'starts when it holds the lock', lock: OURS, want: { kind: 'Start' } },
    {
      name: 'waits for another operation',
      lock: { ...anOperation('Start'), type: 'Migrate', uid: 'another-migration' },
      want: QUEUED('InstanceBusy', 'Waiting until operation Migrate of the Instance is over.'),
    },
    {
      name: 'waits for an Instance that starts',
      lock: anOperation('Start'),
      want: QUEUED('InstanceNotStarted', 'Waiting until the Instance runs; it is Starting.'),
    },
    {
      name: 'waits for an Instance whose VM is not there',
      instance: anInstanceObservation({ vm: undefined }),
      want: QUEUED('InstanceNotStarted', 'Waiting until the Instance runs; it is Pending.'),
    },
    {
      name: "waits while somebody else's VM has the name",
      vm: anObservedVm({ instanceUid: 'other' }),
      want: QUEUED('InstanceNotStarted', 'Waiting until the Instance runs; it is Pending.'),
    },
    ...(['Rescue', 'Unrescue', 'Stop'] as const).map((operation) => ({
      name: `that was let in before goes on waiting until operation ${operation} is over`,
      migration: QUEUED_BEFORE,
      lock: anOperation(operation),
      want: QUEUED(
        'InstanceNotStarted',
        `Waiting until the Instance runs; it is ${stateOf(anInstanceObservation(), anOperation(operation))}.`,
      ),
    })),
    {
      name: 'that is as old as the Instance waits for its first boot, whatever boots',
      migration: { metadata: { creationTimestamp: '2026-11-23T09:00:00Z' } },
      lock: anOperation('Rescue'),
      want: QUEUED('InstanceNotStarted', 'Waiting until the Instance runs; it is Rescuing.'),
    },
    {
      name: 'is withdrawn, and gives the lock back, when the guest has gone before it began',
      lock: OURS,
      vm: anObservedVm({ running: { phase: 'Starting' } }),
      want: { kind: 'Withdraw', then: { kind: 'Release' } },
    },
    {
      name: 'waits for an Instance that was never observed',
      instance: anInstanceObservation({ instance: aStoredInstance() }),
      want: WAITS_FOR_INSTANCE,
    },
    { name: 'follows the driver', lock: OURS, observed: anObservedMigration(), want: { kind: 'Follow' } },
    {
      name: 'aborts when it is told to',
      migration: ABORT,
      lock: OURS,
      observed: anObservedMigration(),
      want: { kind: 'Abort' },
    },
    {
      name: 'follows the abort that was ordered',
      migration: ABORT,
      lock: OURS,
      observed: anObservedMigration({ aborting: true }),
      want: { kind: 'Follow' },
    },
    {
      name: 'aborts when its Instance is being deleted',
      instance: BEING_DELETED,
      observed: anObservedMigration(),
      want: { kind: 'Abort' },
    },
    {
      name: 'is left to the Instance controller when it is being deleted',
      migration: { metadata: { deletionTimestamp: NOW } },
      lock: OURS,
      observed: anObservedMigration(),
      want: { kind: 'Settled' },
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(decideMigration(observe(situation), NOW_MS)).toEqual(want);
  });

  it('waits for an Instance that is missing', () => {
    const observation = aMigrationObservation({ instance: undefined });
    expect(decideMigration(observation, NOW_MS)).toEqual(WAITS_FOR_INSTANCE);
  });

  it('aborts when the transfer takes longer than the policy allows, and not before', () => {
    const migration = { spec: { policy: { completionTimeout: '30m' } } };
    const observation = observe({ migration, lock: OURS, observed: anObservedMigration() });
    expect(decideMigration(observation, NOW_MS + 30 * 60_000)).toEqual({ kind: 'Follow' });
    expect(decideMigration(observation, LATE)).toEqual({ kind: 'Abort' });
  });

  describe('that is to be completed by force', () => {
    const policy = { completionTimeout: '30m', onTimeout: 'ForceComplete' } as const;
    const rows: {
      name: string;
      spec: Partial<LiveMigration['spec']>;
      observed: Partial<ObservedMigration>;
      want: string;
    }[] = [
      {
        name: 'is, at once, where that was asked for',
        spec: { forceComplete: true },
        observed: {},
        want: 'ForceComplete',
      },
      { name: 'is when its time is over', spec: { policy }, observed: {}, want: 'ForceComplete' },
      { name: 'is once', spec: { policy }, observed: { completion: 'Forced' }, want: 'Follow' },
      {
        name: 'is not before it transfers',
        spec: { forceComplete: true },
        observed: { phase: 'Preparing' },
        want: 'Follow',
      },
      { name: 'is not in post-copy', spec: { policy }, observed: { phase: 'PostCopy' }, want: 'Follow' },
      {
        name: 'is not when it is to be aborted',
        spec: { forceComplete: true, abort: true },
        observed: {},
        want: 'Abort',
      },
    ];
    it('and failed all the same says why, not that it took too long', () => {
      const observed = anObservedMigration({ phase: 'Failed', endedAt: new Date(LATE).toISOString() });
      const decided = decideMigration(
        observe({ migration: { spec: { policy } }, lock: OURS, observed }),
        LATE,
      );
      expect(decided).toMatchObject({ kind: 'End', ending: { phase: 'Failed', reason: 'MigrationFailed' } });
    });

    it.each(rows)('$name', ({ spec, observed, want }) => {
      const situation = { migration: { spec }, lock: OURS, observed: anObservedMigration(observed) };
      expect(decideMigration(observe(situation), LATE)).toEqual({ kind: want });
    });
  });

  it('does not count the queue', () => {
    const migration = { spec: { policy: { completionTimeout: '30m' } } };
    const observed = anObservedMigration({ phase: 'Queued', startedAt: undefined });
    expect(decideMigration(observe({ migration, lock: OURS, observed }), LATE)).toEqual({ kind: 'Follow' });
  });

  it.each(MigrationPhase.options.filter(isFinal))(
    'that has ended %s gives the lock back, then does nothing',
    (phase) => {
      const migration = { status: { observedGeneration: 1, phase } };
      expect(decideMigration(observe({ migration, lock: OURS }), NOW_MS)).toEqual({ kind: 'Release' });
      expect(decideMigration(observe({ migration }), NOW_MS)).toEqual({ kind: 'Settled' });
      expect(decideMigration(observe({ migration, lock: THEIRS }), NOW_MS)).toEqual({ kind: 'Settled' });
    },
  );

  it.each([
    {
      name: 'withdraws',
      observed: anObservedMigration(),
      want: { kind: 'Withdraw', then: { kind: 'Release' } },
    },
    {
      name: 'waits for the abort of',
      observed: anObservedMigration({ aborting: true }),
      want: { kind: 'Settled' },
    },
    {
      name: 'gives the lock back after',
      observed: anObservedMigration({ phase: 'Failed', aborting: true }),
      want: { kind: 'Release' },
    },
  ])(
    'that has ended $name a migration that was ordered before, and begins only now',
    ({ observed, want }) => {
      const migration = { status: { observedGeneration: 1, phase: 'Aborted' } } as const;
      expect(decideMigration(observe({ migration, lock: OURS, observed }), NOW_MS)).toEqual(want);
    },
  );

  it('aborts at the driver when its Instance is gone, and says so when that is over', () => {
    const under = { migration: aStoredMigration(SEEN), instance: undefined };
    const decide = (observed: ObservedMigration) =>
      decideMigration(aMigrationObservation({ ...under, observed }), NOW_MS);
    expect(decide(anObservedMigration())).toEqual({ kind: 'Abort' });
    expect(decide(anObservedMigration({ aborting: true }))).toEqual({ kind: 'Follow' });
    expect(decide(anObservedMigration({ phase: 'Failed' }))).toMatchObject({
      kind: 'End',
      ending: { phase: 'Aborted', reason: 'InstanceDeleted' },
    });
  });

  it.each(['Queued', 'Preparing', 'Running', 'PostCopy', 'Completing', undefined] as const)(
    'is not over when it is %s',
    (phase) => {
      expect(isFinal(phase)).toBe(false);
    },
  );
});
