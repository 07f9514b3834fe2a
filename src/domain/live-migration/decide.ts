import type { InstanceState } from '../../api/instance.ts';
import type { LiveMigration, LiveMigrationStatus } from '../../api/live-migration.ts';
import { waitingForDestination } from '../anchor/texts.ts';
import type { InstanceObservation } from '../instance/observation.ts';
import { stateOf } from '../instance/state.ts';
import { isOver } from '../observed.ts';
import type { Refused } from '../verdict.ts';
import {
  endedBeforeStart,
  endedByDeletion,
  endedByLease,
  endedByRefusal,
  endingOf,
  endingOfVanished,
  isOverdue,
  isTimedOut,
  isOvertakenByLease,
  knownNode,
  type Ending,
} from './ending.ts';
import { holdsLock, isInstanceDeleted, isObserved, type MigrationObservation } from './observation.ts';
import { preflight } from './preflight.ts';
import type { QueueReason } from './reasons.ts';

/** What to do with a LiveMigration now; at most one order to the driver or one write to the Instance. */
export type MigrationDecision =
  /** It is over and said so: nothing is written any more. */
  | { readonly kind: 'Settled' }
  | { readonly kind: 'Queue'; readonly reason: QueueReason; readonly message: string }
  | { readonly kind: 'TakeLock' }
  | { readonly kind: 'Start' }
  /** The driver is at work. */
  | { readonly kind: 'Follow' }
  | { readonly kind: 'Abort' }
  /** The guest writes faster than it is copied: have the driver end the transfer at the price of its standing still. */
  | { readonly kind: 'ForceComplete' }
  /**
   * It is not to begin after all, and may have begun unseen, where the answer to the order was lost; or it has begun after its
   * end was told: have the driver stop it. `then` is for a driver that knows of none.
   */
  | { readonly kind: 'Withdraw'; readonly then: Conclusion }
  | Conclusion;

type Conclusion =
  /** It is over: say how it ended, while the lock still keeps the VM as it ended. */
  | { readonly kind: 'End'; readonly ending: Ending }
  /** Give the lock back: it has said how it ended, or the guest is gone before the migration began. */
  | { readonly kind: 'Release' };

/** States that an Instance leaves by itself. */
const ON_THE_WAY: ReadonlySet<InstanceState> = new Set([
  'Pending',
  'Starting',
  'Rescuing',
  'Unrescuing',
  'Stopping',
]);

const FINAL: ReadonlySet<LiveMigrationStatus['phase']> = new Set(['Succeeded', 'Failed', 'Aborted']);

/** Whether a LiveMigration has said how it ended. */
export function isFinal(phase: LiveMigrationStatus['phase']): boolean {
  return FINAL.has(phase);
}

/** Whether the driver may be at work for a LiveMigration that is not over. */
export function isBegun(status: LiveMigrationStatus | undefined): boolean {
  const { phase = 'Queued', attempts } = status ?? {};
  return !isFinal(phase) && (phase !== 'Queued' || attempts !== undefined);
}

/** Decides the next step of a LiveMigration. Total and pure; `now` in milliseconds since the epoch. */
export function decideMigration(observation: MigrationObservation, now: number): MigrationDecision {
  const { migration } = observation;
  if (isFinal(migration.status?.phase)) return afterTheEnd(observation);
  // The Instance controller aborts what a deleted LiveMigration has left at the driver.
  if (migration.metadata.deletionTimestamp !== undefined) return { kind: 'Settled' };
  return observation.observed === undefined ? beforeDriver(observation, now) : withDriver(observation, now);
}

/** An order that was still on its way when it was taken for lost may be carried out after the end was told. */
function afterTheEnd(observation: MigrationObservation): MigrationDecision {
  if (!holdsLock(observation)) return { kind: 'Settled' };
  const { observed } = observation;
  if (observed === undefined || isOver(observed)) return { kind: 'Release' };
  return observed.aborting ? { kind: 'Settled' } : { kind: 'Withdraw', then: { kind: 'Release' } };
}

function withDriver(observation: MigrationObservation, now: number): MigrationDecision {
  const ending = endingOf(observation, now);
  if (ending !== undefined) return { kind: 'End', ending };
  if (isUnwanted(observation, now))
    return { kind: observation.observed?.aborting === true ? 'Follow' : 'Abort' };
  return { kind: isToBeForced(observation, now) ? 'ForceComplete' : 'Follow' };
}

function isUnwanted(observation: MigrationObservation, now: number): boolean {
  return (
    observation.migration.spec.abort ||
    isInstanceDeleted(observation) ||
    isTimedOut(observation, now) ||
    isOvertakenByLease(observation, now)
  );
}

/** A transfer only: before it there is nothing to force, and after it nothing is left to be. */
function isToBeForced(observation: MigrationObservation, now: number): boolean {
  const { migration, observed } = observation;
  if (observed?.phase !== 'Running' || observed.completion === 'Forced') return false;
  const { forceComplete, policy } = migration.spec;
  return forceComplete || (policy?.onTimeout === 'ForceComplete' && isOverdue(observation, now));
}

function beforeDriver(observation: MigrationObservation, now: number): MigrationDecision {
  const { migration } = observation;
  // It was seen at the driver once: somebody has deleted it there, and making it again would be a fight.
  if (migration.status?.attempts !== undefined) {
    return { kind: 'End', ending: endingOfVanished(observation, now) };
  }
  const decision = beforeOrder(observation, now);
  const concludes = decision.kind === 'End' || decision.kind === 'Release';
  // Orders are given with the lock held, so without it there was none.
  return concludes && holdsLock(observation) ? { kind: 'Withdraw', then: decision } : decision;
}

/** What to do if the driver was never told to begin, or has never heard it. */
function beforeOrder(observation: MigrationObservation, now: number): MigrationDecision {
  const { migration, instance } = observation;
  const node = knownNode(instance);
  if (migration.spec.abort) return { kind: 'End', ending: endedBeforeStart(node) };
  if (isInstanceDeleted(observation)) return { kind: 'End', ending: endedByDeletion(node) };
  if (!isObserved(instance)) return waitForInstance(migration);
  return onceObserved(observation, instance, now);
}

function waitForInstance({ metadata: { namespace }, spec }: LiveMigration): MigrationDecision {
  const message = `Waiting for Instance ${namespace}/${spec.instanceName} to be there.`;
  return { kind: 'Queue', reason: 'InstanceNotFound', message };
}

function onceObserved(
  observation: MigrationObservation,
  instance: InstanceObservation,
  now: number,
): MigrationDecision {
  const node = knownNode(instance);
  const verdict = preflight(observation);
  if (verdict.kind === 'Refused' && !isAwaited(verdict, observation.migration, instance)) {
    return { kind: 'End', ending: endedByRefusal(verdict, node) };
  }
  if (isOvertakenByLease(observation, now)) {
    return { kind: 'End', ending: endedByLease(observation.migration, node) };
  }
  return startOrWait(observation, instance);
}

/**
 * Whether a refusal is of the state that an Instance goes through on its way to where it settles, and the LiveMigration
 * was let in before: the first boot of an Instance may be one of its rescue system.
 */
function isAwaited({ reason }: Refused, migration: LiveMigration, instance: InstanceObservation): boolean {
  if (reason !== 'InstanceState' || !ON_THE_WAY.has(currentState(instance))) return false;
  return hasWaited(migration) || isAsOld(migration, instance);
}

/** It has said so; before the first write the API server shows the default. */
function hasWaited({ status }: LiveMigration): boolean {
  return status?.phase === 'Queued' && status.observedGeneration >= 0;
}

/** It was made before its Instance, also where the Instance came too soon after it for that to be said. */
function isAsOld({ metadata }: LiveMigration, { instance }: InstanceObservation): boolean {
  return metadata.creationTimestamp <= instance.metadata.creationTimestamp;
}

function currentState(observation: InstanceObservation): InstanceState {
  return stateOf(observation, observation.instance.status?.operation);
}

/** A guest that is being booted is waited for without the lock: it may need the Instance controller to come up. */
function startOrWait(observation: MigrationObservation, instance: InstanceObservation): MigrationDecision {
  const operation = instance.instance.status?.operation;
  const state = currentState(instance);
  if (ON_THE_WAY.has(state)) {
    if (holdsLock(observation)) return { kind: 'Release' };
    return {
      kind: 'Queue',
      reason: 'InstanceNotStarted',
      message: `Waiting until the Instance runs; it is ${state}.`,
    };
  }
  if (operation !== undefined && !holdsLock(observation)) {
    return {
      kind: 'Queue',
      reason: 'InstanceBusy',
      message: `Waiting until operation ${operation.type} of the Instance is over.`,
    };
  }
  return waitForDestination(observation) ?? { kind: operation === undefined ? 'TakeLock' : 'Start' };
}

/** Before it takes the lock: who waits for a free node keeps nobody from anything. */
function waitForDestination({ migration, destination }: MigrationObservation): MigrationDecision | undefined {
  if (destination?.kind !== 'Awaited') return undefined;
  const { metadata, spec } = migration;
  const subject = { namespace: metadata.namespace, instanceName: spec.instanceName };
  return {
    kind: 'Queue',
    reason: 'WaitingForPlacement',
    message: waitingForDestination(subject, destination),
  };
}

/** Whether a LiveMigration needs a place at its destination, or may have one there. */
export function needsDestination(decision: MigrationDecision): boolean {
  switch (decision.kind) {
    case 'Queue':
      return decision.reason === 'WaitingForPlacement';
    case 'TakeLock':
    case 'Start':
    case 'Follow':
    case 'Abort':
    case 'ForceComplete':
    case 'Withdraw':
      return true;
    case 'Settled':
    case 'End':
    case 'Release':
      return false;
  }
}
