import { describe, expect, it } from '@jest/globals';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { decideMigration, type MigrationDecision } from '../../../../src/domain/live-migration/decide.ts';
import { aNode } from '../../../builders/nodes.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anObservedMigration,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  NOW,
  NOW_MS,
} from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { ABORT, LATE, observe, OURS, RESCUED_VM, SEEN, THEIRS, type Situation } from './situation.ts';

type Ended = Extract<MigrationDecision, { kind: 'End' }>['ending'];

const BEING_DELETED = anInstanceObservation({
  instance: aStoredInstance({ status: aStatus(), metadata: { deletionTimestamp: NOW } }),
});
const OF_DELETED = {
  phase: 'Aborted',
  reason: 'InstanceDeleted',
  message: 'The Instance was deleted while it was migrated.',
} as const;

describe('a LiveMigration ends', () => {
  it.each<Situation & { name: string; want: Ended; now?: number }>([
    {
      name: 'Succeeded, where the guest is',
      vm: anObservedVm({ running: { node: 'node-b' } }),
      observed: anObservedMigration({ phase: 'Succeeded', endedAt: NOW }),
      want: {
        phase: 'Succeeded',
        reason: 'Migrated',
        message: 'The guest runs on node "node-b".',
        node: 'node-b',
      },
    },
    {
      name: 'Succeeded, although it was told to abort',
      migration: ABORT,
      vm: anObservedVm({ running: { node: 'node-b' } }),
      observed: anObservedMigration({ phase: 'Succeeded', endedAt: NOW }),
      want: {
        phase: 'Succeeded',
        reason: 'AbortTooLate',
        message: 'The abort came too late. The guest runs on node "node-b".',
        node: 'node-b',
      },
    },
    {
      name: 'Succeeded, where the guest was booted on the source again',
      observed: anObservedMigration({ phase: 'Succeeded', endedAt: NOW }),
      now: NOW_MS + 10_000,
      want: {
        phase: 'Succeeded',
        reason: 'Migrated',
        message: 'The guest runs on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Aborted, before it began, when its Instance is being deleted',
      instance: BEING_DELETED,
      want: { ...OF_DELETED, node: 'node-a' },
    },
    {
      name: 'Aborted, when the VM goes with its Instance',
      instance: { ...BEING_DELETED, vm: undefined },
      observed: anObservedMigration({ phase: 'Failed' }),
      want: { ...OF_DELETED, node: undefined },
    },
    {
      name: 'Failed, in the words of the driver',
      observed: anObservedMigration({ phase: 'Failed', trouble: { reason: 'X', message: 'Out of luck.' } }),
      want: {
        phase: 'Failed',
        reason: 'MigrationFailed',
        message: 'Out of luck. The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Failed, where the driver has no words',
      observed: anObservedMigration({ phase: 'Failed' }),
      want: {
        phase: 'Failed',
        reason: 'MigrationFailed',
        message: 'The driver gave no reason. The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Failed, with the guest nowhere',
      vm: anObservedVm({ running: undefined }),
      observed: anObservedMigration({ phase: 'Failed', trouble: { reason: 'X', message: 'It broke.' } }),
      want: {
        phase: 'Failed',
        reason: 'GuestLost',
        message: 'The guest runs nowhere. It broke.',
        node: undefined,
      },
    },
    {
      name: 'Failed, and somebody else has moved the guest on by now',
      vm: anObservedVm({ running: { node: 'node-c' } }),
      observed: anObservedMigration({ phase: 'Failed', trouble: { reason: 'X', message: 'Out of luck.' } }),
      want: {
        phase: 'Failed',
        reason: 'MigrationFailed',
        message: 'Out of luck. The guest runs on node "node-c" now.',
        node: 'node-c',
      },
    },
    {
      name: 'Aborted, as it was told',
      migration: ABORT,
      observed: anObservedMigration({ phase: 'Failed', aborting: true }),
      want: {
        phase: 'Aborted',
        reason: 'AbortRequested',
        message: 'The migration was aborted. The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Failed, when it took too long',
      migration: { spec: { policy: { completionTimeout: '30m' } } },
      observed: anObservedMigration({
        phase: 'Failed',
        aborting: true,
        endedAt: new Date(LATE).toISOString(),
      }),
      now: LATE,
      want: {
        phase: 'Failed',
        reason: 'CompletionTimeout',
        message:
          'The transfer took longer than spec.policy.completionTimeout (30m). The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Failed by itself in time, seen late',
      migration: { spec: { policy: { completionTimeout: '30m' } } },
      observed: anObservedMigration({
        phase: 'Failed',
        endedAt: NOW,
        trouble: { reason: 'X', message: 'Bad.' },
      }),
      now: LATE,
      want: {
        phase: 'Failed',
        reason: 'MigrationFailed',
        message: 'Bad. The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Aborted, before it began',
      migration: ABORT,
      want: {
        phase: 'Aborted',
        reason: 'AbortRequested',
        message: 'The migration was aborted before it began.',
        node: 'node-a',
      },
    },
    {
      name: 'Failed, when somebody has deleted it at the driver',
      migration: SEEN,
      lock: OURS,
      want: {
        phase: 'Failed',
        reason: 'MigrationVanished',
        message: `The driver's migration was deleted by somebody else. The guest is unharmed on node "node-a".`,
        node: 'node-a',
      },
    },
    {
      name: 'Aborted, when the driver forgets what it was told to abort',
      migration: { ...SEEN, ...ABORT },
      lock: OURS,
      want: {
        phase: 'Aborted',
        reason: 'AbortRequested',
        message: 'The migration was aborted. The guest is unharmed on node "node-a".',
        node: 'node-a',
      },
    },
    {
      name: 'Succeeded, when the driver forgets it and the guest is elsewhere',
      migration: { status: { ...SEEN.status, source: { node: 'node-a' } } },
      lock: OURS,
      vm: anObservedVm({ running: { node: 'node-b' } }),
      want: {
        phase: 'Succeeded',
        reason: 'Migrated',
        message: 'The guest runs on node "node-b".',
        node: 'node-b',
      },
    },
  ])('$name', ({ name: _, want, now = NOW_MS, ...situation }) => {
    const observation = observe(situation);
    const { instance } = observation;
    const source = { name: 'web-1-away', source: 'node-a' };
    const status = { ...(instance?.instance.status ?? aStatus()), migration: source };
    const told = instance && { ...instance, instance: { ...instance.instance, status } };
    expect(decideMigration({ ...observation, instance: told }, now)).toEqual({ kind: 'End', ending: want });
  });

  it('Aborted, when the Instance was deleted', () => {
    const observation = aMigrationObservation({ migration: aStoredMigration(SEEN), instance: undefined });
    expect(decideMigration(observation, NOW_MS)).toMatchObject({
      ending: { phase: 'Aborted', reason: 'InstanceDeleted', node: undefined },
    });
  });

  it('not yet, while one watch tells of the end and the other of the guest on its source', () => {
    const observed = anObservedMigration({ phase: 'Succeeded', endedAt: NOW });
    expect(decideMigration(observe({ lock: OURS, observed }), NOW_MS + 9_999)).toEqual({ kind: 'Follow' });
  });

  it('Failed, when the gate refuses it', () => {
    const nodes = [aNode('node-a', { capable: 'Neither' }), aNode('node-b')];
    const end = { kind: 'End', ending: { phase: 'Failed', reason: 'SourceNotCapable', node: 'node-a' } };
    const situation = { vm: RESCUED_VM, nodes };
    expect(decideMigration(observe(situation), NOW_MS)).toMatchObject(end);
    // With the lock held, an order may have been taken whose answer was lost.
    expect(decideMigration(observe({ ...situation, lock: OURS }), NOW_MS)).toMatchObject({
      kind: 'Withdraw',
      then: end,
    });
  });

  it('Failed, and says nothing of the guest, where its node is not heard of any more', () => {
    const observed = anObservedMigration({
      phase: 'Failed',
      trouble: { reason: 'Failed', message: 'source node reported migration failed.' },
    });
    const instance = anInstanceObservation({ node: aNode('node-a', { reachable: false }) });
    expect(decideMigration(aMigrationObservation({ instance, observed }), NOW_MS)).toMatchObject({
      kind: 'End',
      ending: {
        phase: 'Failed',
        reason: 'NodeLost',
        message:
          'source node reported migration failed. Node "node-a" is not heard of: nothing is known of the guest.',
        node: undefined,
      },
    });
  });

  it.each<{ name: string; instance: Partial<InstanceObservation>; want: object }>([
    {
      name: 'its node is fenced, whatever its backend still shows of it',
      instance: { node: aNode('node-a', { reachable: false, fenced: true }) },
      want: { message: 'Gone. Node "node-a" is gone for good, and the guest with it.', node: undefined },
    },
    {
      name: 'its Node is deleted',
      instance: { node: undefined },
      want: { message: 'Gone. Node "node-a" is gone for good, and the guest with it.', node: undefined },
    },
    {
      name: 'it has ended, and its backend has still a record of it',
      instance: { vm: anObservedVm({ running: { phase: 'Ended' } }) },
      want: { message: 'The guest runs nowhere. Gone.', node: undefined },
    },
    {
      name: 'its backend has booted it on another node by now',
      instance: { vm: anObservedVm({ running: { node: 'node-c', phase: 'Starting' } }) },
      want: { message: 'Gone. The guest was booted again on node "node-c".', node: 'node-c' },
    },
  ])('Failed, and the guest lost, where $name', ({ instance, want }) => {
    const trouble = { reason: 'Failed', message: 'Gone' };
    const observed = anObservedMigration({ phase: 'Failed', trouble });
    const seen = anInstanceObservation(instance);
    expect(decideMigration(aMigrationObservation({ instance: seen, observed }), NOW_MS)).toMatchObject({
      kind: 'End',
      ending: { phase: 'Failed', reason: 'GuestLost', ...want },
    });
  });

  it('Failed, when another one holds the Instance', () => {
    const other = { name: 'other', phase: 'Running' };
    expect(decideMigration(observe({ lock: THEIRS, other }), NOW_MS)).toMatchObject({
      kind: 'End',
      ending: { phase: 'Failed', reason: 'MigrationInProgress' },
    });
  });
});
