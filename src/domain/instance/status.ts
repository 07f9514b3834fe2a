import type { InstanceStatus, Operation } from '../../api/instance.ts';
import { conditionsFrom } from '../conditions.ts';
import type { ObservedVm, UnfinishedMigration } from '../observed.ts';
import { NOTHING_DONE, type Outcome } from '../outcome.ts';
import { withoutAbsent } from '../without-absent.ts';
import { instanceStatements } from './conditions.ts';
import { evacuationNote } from './evacuating.ts';
import { nodeLossOf } from './node-loss.ts';
import { decideInstance, isOperating, type InstanceDecision } from './decide.ts';
import { hostNameOf } from '../anchor/host.ts';
import { nodeForVm } from '../anchor/placement.ts';
import { migrationUnderWay, ownVm, withoutHold, type InstanceObservation } from './observation.ts';
import { standingOf } from './standing.ts';
import { stateOf } from './state.ts';

/** What a writer of the status knows beside the observation. */
interface StatusInput {
  readonly outcome?: Outcome;
  /** What to show of the migration that holds the lock; kept from before where it is not given. */
  readonly migration?: InstanceStatus['migration'];
  /** RFC 3339. */
  readonly now: string;
}

/**
 * The whole next status of an Instance: its one author, whoever writes it. A LiveMigration that takes or releases the
 * lock writes the result of this function, too. While an operation is under way it says what is announced, not each
 * move of the backend: those would be writes that nobody waits for.
 */
export function nextInstanceStatus(
  seen: InstanceObservation,
  decision: InstanceDecision,
  { outcome = NOTHING_DONE, migration, now }: StatusInput,
): InstanceStatus {
  if (isNeverBegun(decision, outcome)) {
    const released = withoutHold(seen);
    return nextInstanceStatus(released, decideInstance(released, now), { now });
  }
  const vm = shownVm(seen, decision, outcome);
  const observation = { ...seen, vm };
  const { instance } = seen;
  const { metadata, status: before } = instance;
  const { lock } = decision;
  const state = stateOf(observation, lock);
  const shown = lock?.type === 'Migrate' ? (migration ?? shownMigration(seen, lock)) : undefined;
  const statements = instanceStatements({ observation, decision, outcome, state, now });
  return withoutAbsent({
    observedGeneration: metadata.generation,
    state,
    powerState: isOperating(decision) ? announcedPower(before) : powerOf(vm),
    node: nodeOf(observation, decision, shown),
    resolved: resolvedOf(seen, decision),
    rescue: rescueOf(observation, decision),
    placement: placementOf(observation, decision),
    operation: lock,
    migration: shown,
    evacuation: evacuationNote(seen, decision, now),
    conditions: conditionsFrom(statements, before?.conditions, metadata.generation, now),
  });
}

/** Whether the driver knows nothing of the abandoned migration that holds the lock: then it is given back. */
export function isNeverBegun({ action }: Pick<InstanceDecision, 'action'>, { kind }: Outcome): boolean {
  return action.kind === 'AbortMigration' && kind === 'NotFound';
}

/** As it was shown when it took the lock: what becomes known of it later is not worth a write of its own. */
function shownMigration(observation: InstanceObservation, { uid }: Operation): InstanceStatus['migration'] {
  const { status } = observation.instance;
  if (status?.operation?.uid === uid) return status.migration;
  const migration = migrationUnderWay(observation);
  return migration?.uid === uid ? routeOf(migration, observation.vm?.running?.node) : undefined;
}

function routeOf(
  { name, source, destination }: UnfinishedMigration,
  node = '',
): NonNullable<InstanceStatus['migration']> {
  return withoutAbsent({ name, source: source ?? node, destination });
}

/** A guest that has ended is nowhere, whether the backend still has a record of it or not. */
function shownVm(
  observation: InstanceObservation,
  decision: InstanceDecision,
  outcome: Outcome,
): ObservedVm | undefined {
  const vm = claimedVm(observation, decision, outcome) ?? ownVm(observation);
  return vm?.running?.phase === 'Ended' ? { ...vm, running: undefined } : vm;
}

/** The VM as it is from this pass on, where the pass has made it the Instance's own. */
function claimedVm(
  { instance, vm }: InstanceObservation,
  { action }: InstanceDecision,
  outcome: Outcome,
): ObservedVm | undefined {
  if (vm === undefined || action.kind !== 'Claim' || outcome.kind !== 'Accepted') return undefined;
  const { metadata, spec } = instance;
  return {
    ...vm,
    ownership: { kind: 'Instance', uid: metadata.uid, deletionPolicy: spec.deletionPolicy },
  };
}

function announcedPower(before: InstanceStatus | undefined): 'Running' | 'Stopped' {
  return before?.powerState ?? 'Stopped';
}

function powerOf(vm: ObservedVm | undefined): 'Running' | 'Stopped' {
  return vm?.running === undefined ? 'Stopped' : 'Running';
}

function resolvedOf(
  observation: InstanceObservation,
  { lock, target, stalled }: InstanceDecision,
): InstanceStatus['resolved'] {
  const { instance, driver } = observation;
  const standing = standingOf(observation);
  const takesOver = standing === 'ToTakeOver' && stalled === undefined;
  // Before there is a VM, or one is about to be made, no guest has seen an identity; once one has, it is kept for good.
  if (standing !== 'Own' && !takesOver && lock === undefined) return instance.status?.resolved;
  return { driver, identity: target.vm.identity };
}

/**
 * The backend moves a VM to its new node before the migration is over; and a VM that is being booted is nowhere yet.
 * The node is shown where the VM is for good.
 */
function nodeOf(
  observation: InstanceObservation,
  { lock }: InstanceDecision,
  migration: InstanceStatus['migration'],
): string | undefined {
  if (migration !== undefined) return migration.source;
  return lock === undefined || nodeLossOf(observation) !== undefined
    ? observation.vm?.running?.node
    : undefined;
}

/**
 * It is written before the VM is made there, and kept when the VM is not seen any more: whoever looks next must know where
 * it may be. While a VM is moved, it is where it was.
 */
function placementOf(
  observation: InstanceObservation,
  decision: InstanceDecision,
): InstanceStatus['placement'] {
  const { instance, placement, vm } = observation;
  const before = instance.status?.placement;
  if (placement === undefined) return undefined;
  if (vm === undefined) {
    const named = isOperating(decision) ? nodeForVm(placement) : undefined;
    return named?.kind === 'Named' ? { node: named.node } : before;
  }
  if (decision.lock?.type === 'Migrate') return before;
  const node = hostNameOf({ instance, vm });
  return node === undefined ? before : { node };
}

/** Nothing is begun while the Instance is stalled or waits for a VM to go, and so no lease is, either. */
function rescueOf(
  { instance }: InstanceObservation,
  { stalled, awaited, target }: InstanceDecision,
): InstanceStatus['rescue'] {
  return (stalled ?? awaited) === undefined ? target.lease.record : instance.status?.rescue;
}
