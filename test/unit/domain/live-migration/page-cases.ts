import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import { ACCEPTED, NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { aNode } from '../../../builders/nodes.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStoredInstance,
  aStatus,
  aStoredMigration,
  NOW,
  NOW_MS,
} from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { aLeaseThatIsOver } from '../instance/situation.ts';
import { ABORT, LATE, observe, OURS, RESCUED_VM, SEEN, THEIRS, type Situation } from './situation.ts';

/** One situation that docs/states/live-migration.md tells of. */
export interface PageCase {
  readonly observation: MigrationObservation;
  /** How the order ended that was given in it. */
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface More {
  readonly outcome?: Outcome;
  readonly now?: number;
}

function at(situation: Situation, { outcome = NOTHING_DONE, now = NOW_MS }: More = {}): PageCase {
  return { observation: observe(situation), outcome, now };
}

/** The driver says a phase of a migration that holds the lock. */
function driverSays(
  fields: Parameters<typeof anObservedMigration>[0],
  situation: Situation = {},
  more: More = {},
): PageCase {
  return at({ lock: OURS, observed: anObservedMigration(fields), ...situation }, more);
}

const FROM_A = { status: { ...SEEN.status, source: { node: 'node-a' } } };
const MOMENT = NOW_MS + 1_000;
const LONG = NOW_MS + 10_000;
const WITHOUT_TRANSFER = { startedAt: undefined } as const;
const MOVED = { vm: anObservedVm({ running: { node: 'node-b' } }) };
const NOWHERE = { vm: anObservedVm({ running: undefined }) };
const TROUBLE = { reason: 'MigrationFailed', message: 'The CPUs differ.' };
const OVERDUE: Situation = { migration: { spec: { policy: { completionTimeout: '30m' } } } };
const TO_BE_FORCED: Situation = {
  migration: { spec: { policy: { completionTimeout: '30m', onTimeout: 'ForceComplete' } } },
};
/** A rescued Instance whose lease of an hour is over, and ends its rescue. */
function expiredLease(): MigrationObservation['instance'] {
  const { spec, rescue } = aLeaseThatIsOver('Unrescue');
  const status = aStatus(rescue && { rescue: { ...rescue, expiresAt: NOW } });
  return anInstanceObservation({ vm: RESCUED_VM, instance: aStoredInstance({ spec, status }) });
}

/** It has said that it waits for its Instance. */
const WAITED = { status: { observedGeneration: 1, phase: 'Queued' as const } };
const FENCED = anInstanceObservation({ node: aNode('node-a', { reachable: false, fenced: true }) });
const LOST = anInstanceObservation({ node: aNode('node-a', { reachable: false }) });
const instanceGone = (migration = aStoredMigration()) =>
  aMigrationObservation({ migration, instance: undefined });

/** By when it is, and what is seen. */
export const PAGE_CASES: Readonly<Record<string, Readonly<Record<string, PageCase>>>> = {
  'Before the driver knows of it': {
    'there is no such Instance': { observation: instanceGone(), outcome: NOTHING_DONE, now: NOW_MS },
    'the Instance was never observed': at({
      instance: anInstanceObservation({ instance: aStoredInstance() }),
    }),
    'the Instance is Pending': at({ instance: anInstanceObservation({ vm: undefined }) }),
    'the Instance is Starting': at({ lock: anOperation('Start') }),
    'it waited, and the Instance is Rescuing now': at({ migration: WAITED, lock: anOperation('Rescue') }),
    'it came while the Instance was Rescuing': at({ lock: anOperation('Rescue') }),
    'another operation holds the lock': at({ lock: THEIRS }),
    'another migration of the Instance is unfinished': at({
      lock: THEIRS,
      other: { name: 'first', phase: 'Running' },
    }),
    'the gate refuses it': at({
      vm: RESCUED_VM,
      nodes: [aNode('node-a', { capable: 'Neither' }), aNode('node-b')],
    }),
    'the lock is free': at({}),
    'it holds the lock, and the guest is gone': at({
      lock: OURS,
      vm: anObservedVm({ running: { phase: 'Starting' } }),
    }),
    'it holds the lock, and spec.abort is set': at({ lock: OURS, migration: ABORT }, { outcome: ACCEPTED }),
    'it holds the lock, spec.abort is set, and the driver knows of none': at(
      { lock: OURS, migration: ABORT },
      { outcome: driverErrors.notFound('There is none.') },
    ),
    'it holds the lock': at({ lock: OURS }, { outcome: ACCEPTED }),
    'it holds the lock, and the driver is busy': at(
      { lock: OURS },
      { outcome: driverErrors.busy('Another migration of the VM is in flight.') },
    ),
    'it holds the lock, and the driver refuses to begin': at(
      { lock: OURS },
      { outcome: driverErrors.rejected('The VM is not migratable.') },
    ),
    'spec.abort is set': at({ migration: ABORT }),
    'the lease of the rescue is over, and ends it': at({ instance: expiredLease() }),
  },
  'While the driver is at it': {
    'Queued at the driver, for a moment': driverSays(
      { phase: 'Queued', ...WITHOUT_TRANSFER },
      {},
      { now: MOMENT },
    ),
    'Queued at the driver, for long': driverSays({ phase: 'Queued', ...WITHOUT_TRANSFER }, {}, { now: LONG }),
    'Preparing, for long': driverSays({ phase: 'Preparing', ...WITHOUT_TRANSFER }, {}, { now: LONG }),
    Running: driverSays({ phase: 'Running' }),
    PostCopy: driverSays({ phase: 'PostCopy' }),
    'Completing, for a moment': driverSays({ phase: 'Completing', endedAt: NOW }, {}, { now: MOMENT }),
    'Completing, for long': driverSays({ phase: 'Completing', endedAt: NOW }, {}, { now: LONG }),
    'Running, and spec.abort is set': driverSays({}, { migration: ABORT }),
    'Running, and the abort was ordered': driverSays({ aborting: true }, { migration: ABORT }),
    'Running for longer than completionTimeout': driverSays({}, OVERDUE, { now: LATE }),
    'Running for longer than completionTimeout, and onTimeout is ForceComplete': driverSays(
      {},
      TO_BE_FORCED,
      {
        now: LATE,
      },
    ),
    'Running, and spec.forceComplete is set': driverSays(
      {},
      { migration: { spec: { forceComplete: true } } },
    ),
    'Running, and it was forced': driverSays(
      { completion: 'Forced' },
      { migration: { spec: { forceComplete: true } } },
    ),
    'Succeeded, and the guest is still seen on its source': driverSays({ phase: 'Succeeded', endedAt: NOW }),
  },
  'When it is over': {
    'Succeeded, and the guest is seen on its destination': driverSays(
      { phase: 'Succeeded', endedAt: NOW },
      MOVED,
    ),
    'Succeeded, and spec.abort is set': driverSays(
      { phase: 'Succeeded', endedAt: NOW },
      { ...MOVED, migration: ABORT },
    ),
    Failed: driverSays({ phase: 'Failed', endedAt: NOW, trouble: TROUBLE }),
    'Failed, and spec.abort is set': driverSays({ phase: 'Failed', endedAt: NOW }, { migration: ABORT }),
    'Failed, after completionTimeout': driverSays(
      { phase: 'Failed', endedAt: new Date(LATE).toISOString() },
      OVERDUE,
      { now: LATE },
    ),
    'Failed, and the guest runs nowhere': driverSays(
      { phase: 'Failed', endedAt: NOW, trouble: TROUBLE },
      NOWHERE,
    ),
    'Failed, and the node of the guest is not heard of': at({
      instance: LOST,
      observed: anObservedMigration({ phase: 'Failed', endedAt: NOW, trouble: TROUBLE }),
    }),
    'Failed, and the node of the guest is fenced': at({
      instance: FENCED,
      observed: anObservedMigration({ phase: 'Failed', endedAt: NOW, trouble: TROUBLE }),
    }),
    'the driver knows nothing of it any more': at({ lock: OURS, migration: FROM_A }),
    'the driver knows nothing of it any more, and the guest is elsewhere': at({
      lock: OURS,
      migration: FROM_A,
      ...MOVED,
    }),
    'the Instance is gone': {
      observation: instanceGone(aStoredMigration(SEEN)),
      outcome: NOTHING_DONE,
      now: NOW_MS,
    },
    'the Instance is gone, and the driver is at it': {
      observation: { ...instanceGone(aStoredMigration(SEEN)), observed: anObservedMigration() },
      outcome: ACCEPTED,
      now: NOW_MS,
    },
    'it has said how it ended, and the driver begins only now': at({
      lock: OURS,
      observed: anObservedMigration(),
      migration: { status: { observedGeneration: 1, phase: 'Aborted' } },
    }),
    'it has said how it ended, and holds the lock': at({
      lock: OURS,
      migration: { status: { observedGeneration: 1, phase: 'Succeeded' } },
    }),
    'it has said how it ended': at({ migration: { status: { observedGeneration: 1, phase: 'Succeeded' } } }),
    'it is being deleted': driverSays({}, { migration: { metadata: { deletionTimestamp: NOW } } }),
  },
};
