import type { InstanceStatus } from '../../api/instance.ts';
import type { Rescue } from '../../api/rescue.ts';
import { conditionsFrom } from '../conditions.ts';
import type { ObservedVm } from '../observed.ts';
import { NOTHING_DONE, type Outcome } from '../outcome.ts';
import { withoutAbsent } from '../without-absent.ts';
import { rescueSession } from '../vm.ts';
import { instanceStatements } from './conditions.ts';
import { nodeLossOf } from './node-loss.ts';
import { isOperating, type InstanceDecision } from './decide.ts';
import { ownVm, type InstanceObservation } from './observation.ts';
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
  const vm = shownVm(seen);
  const observation = { ...seen, vm };
  const { instance } = seen;
  const { metadata, status: before } = instance;
  const { lock } = decision;
  const state = stateOf(observation, lock);
  const shown = lock?.type === 'Migrate' ? (migration ?? before?.migration) : undefined;
  const statements = instanceStatements({ observation, decision, outcome, state });
  return withoutAbsent({
    observedGeneration: metadata.generation,
    state,
    powerState: isOperating(decision) ? announcedPower(before) : powerOf(vm),
    node: nodeOf(observation, decision, shown),
    resolved: resolvedOf(observation, decision),
    rescue: rescueOf(observation, decision, now),
    operation: lock,
    migration: shown,
    conditions: conditionsFrom(statements, before?.conditions, metadata.generation, now),
  });
}

/** A guest that has ended is nowhere, whether the backend still has a record of it or not. */
function shownVm(observation: InstanceObservation): ObservedVm | undefined {
  const vm = ownVm(observation);
  return vm?.running?.phase === 'Ended' ? { ...vm, running: undefined } : vm;
}

function announcedPower(before: InstanceStatus | undefined): 'Running' | 'Stopped' {
  return before?.powerState ?? 'Stopped';
}

function powerOf(vm: ObservedVm | undefined): 'Running' | 'Stopped' {
  return vm?.running === undefined ? 'Stopped' : 'Running';
}

function resolvedOf(
  { instance, vm, driver }: InstanceObservation,
  { lock, target }: InstanceDecision,
): InstanceStatus['resolved'] {
  // Before there is a VM, or one is about to be made, no guest has seen an identity; once one has, it is kept for good.
  if (vm === undefined && lock === undefined) return instance.status?.resolved;
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

/** An edit of the rescue that came while the VM is migrated is in force when the migration is over. */
function rescueOf(
  { instance }: InstanceObservation,
  { lock }: InstanceDecision,
  now: string,
): InstanceStatus['rescue'] {
  const before = instance.status?.rescue;
  if (lock?.type === 'Migrate') return before;
  const { rescue } = instance.spec;
  if (rescue === undefined) return undefined;
  const session = rescueSession(rescue);
  return before?.session === session ? before : { since: now, image: imageOf(rescue.source), session };
}

function imageOf({ containerDisk, persistentVolumeClaim, volume }: Rescue['source']): string {
  if (containerDisk !== undefined) return containerDisk.image;
  return persistentVolumeClaim?.claimName ?? [volume?.pool, volume?.name].join('/');
}
