import type { LiveMigrationStatus } from '../../api/live-migration.ts';
import { PROGRESS_INTERVAL } from '../backoff.ts';
import { conditionsFrom } from '../conditions.ts';
import { stateOf } from '../instance/state.ts';
import { isOver, type ObservedMigration } from '../observed.ts';
import { isFailure, isRefusal, type Outcome } from '../outcome.ts';
import { withoutAbsent } from '../without-absent.ts';
import { migrationStatements, type MigrationView } from './conditions.ts';
import { isFinal, type MigrationDecision } from './decide.ts';
import { endedByDriver, knownNode, type Ending } from './ending.ts';
import type { MigrationObservation } from './observation.ts';
import type { UnfinishedPhase } from './reasons.ts';

/** A phase of the driver that is shorter than this is not worth a write. Milliseconds. */
export const QUIET_MOMENT = 2_000;

/**
 * The whole next status of a LiveMigration; `undefined`: there is nothing worth a write yet.
 * `now` in milliseconds since the epoch.
 */
export function nextMigrationStatus(
  observation: MigrationObservation,
  decided: MigrationDecision,
  outcome: Outcome,
  now: number,
): LiveMigrationStatus | undefined {
  // How it ended is kept, whatever happens afterwards.
  if (isFinal(observation.migration.status?.phase)) return undefined;
  const decision = endedByAnswer(observation, decided, outcome) ?? decided;
  const view = viewOf(observation, decision, outcome, now);
  if (view === undefined) return undefined;
  const { metadata, status: before } = observation.migration;
  const instant = new Date(now).toISOString();
  return withoutAbsent({
    observedGeneration: metadata.generation,
    phase: view.phase,
    ...startFacts(observation, instant),
    progress: progressOf(observation, now),
    ...(view.ending && endFacts(observation, view.ending, instant)),
    conditions: conditionsFrom(migrationStatements(view), before?.conditions, metadata.generation, instant),
  });
}

function viewOf(
  observation: MigrationObservation,
  decision: MigrationDecision,
  outcome: Outcome,
  now: number,
): MigrationView | undefined {
  if (decision.kind === 'End') return { phase: decision.ending.phase, ending: decision.ending };
  const phase = phaseOf(observation, decision, outcome, now);
  const remark = remarkOf(observation.observed, decision, outcome);
  return phase && { phase, ending: undefined, decision, remark };
}

/** What the driver's answer to the order has made of the migration. */
function endedByAnswer(
  { instance }: MigrationObservation,
  decision: MigrationDecision,
  outcome: Outcome,
): MigrationDecision | undefined {
  if (decision.kind === 'Withdraw') return outcome.kind === 'NotFound' ? decision.then : undefined;
  // A driver that refuses to begin will refuse again; one that is busy or away will not.
  if (decision.kind !== 'Start' || !isRefusal(outcome)) return undefined;
  return { kind: 'End', ending: endedByDriver(outcome.message, knownNode(instance)) };
}

function phaseOf(
  observation: MigrationObservation,
  decision: Exclude<MigrationDecision, { kind: 'End' }>,
  outcome: Outcome,
  now: number,
): UnfinishedPhase | undefined {
  switch (decision.kind) {
    case 'Settled':
    case 'Release':
    case 'Withdraw':
      return undefined;
    case 'Queue':
      return 'Queued';
    case 'TakeLock':
    case 'Start':
      return isFailure(outcome) ? 'Queued' : undefined;
    case 'Follow':
    case 'Abort':
    case 'ForceComplete':
      return isWorthShowing(observation, now) ? shownPhase(observation.observed, now) : undefined;
  }
}

/** What comes before the transfer is shown when it lasts; once shown, it is kept up to date. */
function isWorthShowing({ observed, instance, migration }: MigrationObservation, now: number): boolean {
  const phase = shownPhase(observed, now);
  if (phase !== 'Queued' && phase !== 'Preparing') return true;
  // Before the first write the API server shows the default.
  if (migration.status?.phase === phase && migration.status.observedGeneration >= 0) return true;
  const begun = instance?.instance.status?.operation?.startedAt;
  return begun === undefined || now - Date.parse(begun) >= QUIET_MOMENT;
}

/** The last moments belong to the transfer as far as people are concerned, unless they last. */
function shownPhase(observed: ObservedMigration | undefined, now: number): UnfinishedPhase {
  if (observed === undefined) return 'Queued';
  const { phase, endedAt } = observed;
  if (phase !== 'Completing' && phase !== 'Succeeded' && phase !== 'Failed') return phase;
  return endedAt !== undefined && now - Date.parse(endedAt) >= QUIET_MOMENT ? 'Completing' : 'Running';
}

/** The figures move all the time; they are written at most once in PROGRESS_INTERVAL, and at the end. */
function progressOf(
  { observed, migration }: MigrationObservation,
  now: number,
): LiveMigrationStatus['progress'] {
  const { progress: before, startTime } = migration.status ?? {};
  if (observed?.progress === undefined) return before;
  // A transfer that was said to run before it had figures has them at the next turn.
  const turn = before?.observedTime ?? startTime;
  if (turn !== undefined && !isOver(observed) && now - Date.parse(turn) < PROGRESS_INTERVAL) return before;
  return { ...observed.progress, observedTime: new Date(now).toISOString() };
}

function remarkOf(
  observed: ObservedMigration | undefined,
  decision: MigrationDecision,
  outcome: Outcome,
): string | undefined {
  if (isFailure(outcome)) return outcome.message;
  return decision.kind === 'Queue' ? decision.message : observed?.trouble?.message;
}

/** Facts of the beginning: written once, kept for good. */
function startFacts(observation: MigrationObservation, now: string): Partial<LiveMigrationStatus> {
  const { migration, observed } = observation;
  const before = migration.status;
  if (observed !== undefined && before?.startTime === undefined) return factsOf(observation, observed, now);
  if (before === undefined) return {};
  const { instanceState, source, attempts, startTime } = before;
  const destination = before.destination ?? named(observed?.destination);
  return { instanceState, source, destination, attempts, startTime };
}

function factsOf(
  { instance }: MigrationObservation,
  observed: ObservedMigration,
  now: string,
): Partial<LiveMigrationStatus> {
  const status = instance?.instance.status;
  return {
    instanceState: instance && stateOf(instance, status?.operation),
    source: named(observed.source ?? status?.migration?.source),
    destination: named(observed.destination),
    attempts: 1,
    startTime: hasBegun(observed) ? (observed.startedAt ?? now) : undefined,
  };
}

function hasBegun({ phase, startedAt }: ObservedMigration): boolean {
  return startedAt !== undefined || !(phase === 'Queued' || phase === 'Preparing' || phase === 'Failed');
}

function named(node: string | undefined): { node: string } | undefined {
  return node === undefined ? undefined : { node };
}

function endFacts(
  { observed }: MigrationObservation,
  { node }: Ending,
  now: string,
): Partial<LiveMigrationStatus> {
  const begun = observed?.startedAt;
  const ended = observed?.endedAt;
  return {
    outcome: named(node),
    completionTime: ended ?? now,
    transferMilliseconds:
      begun === undefined || ended === undefined
        ? undefined
        : Math.max(0, Date.parse(ended) - Date.parse(begun)),
    downtimeMilliseconds: observed?.downtimeMilliseconds,
  };
}
