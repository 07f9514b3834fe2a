import type { Operation } from '../../api/instance.ts';
import type { Explained } from '../conditions.ts';
import { departureOf, needsHold, type HoldAction } from './departure.ts';
import { boot } from './facets/boot.ts';
import { diskConflict, disks } from './facets/disks.ts';
import { migrationLock } from './facets/migration-lock.ts';
import { nodeLost } from './facets/node-lost.ts';
import { ownership } from './facets/ownership.ts';
import { placement } from './facets/placement.ts';
import type { Facet, Intent } from './intent.ts';
import { ownVm, targetOf, withoutHold, type InstanceObservation, type Target } from './observation.ts';
import type { AwaitReason, StallReason } from './reasons.ts';

const FACETS: readonly Facet[] = [ownership, migrationLock, nodeLost, disks, placement, boot];

/** What to do at the driver now; at most one thing. */
type InstanceAction =
  | { readonly kind: 'None' }
  | { readonly kind: 'Define' }
  | { readonly kind: 'Restart'; readonly bootId: string }
  | { readonly kind: 'AbortMigration'; readonly migrationUid: string }
  | { readonly kind: 'Claim'; readonly vmUid: string }
  | HoldAction;

export interface InstanceDecision {
  readonly action: InstanceAction;
  /** The lock as it is to be after this pass; `undefined`: nobody holds it. */
  readonly lock: Operation | undefined;
  /** What only the user can put right. */
  readonly stalled: Explained<StallReason> | undefined;
  /** What goes on by itself, without the lock. */
  readonly awaited: Explained<AwaitReason> | undefined;
  readonly target: Target;
}

/**
 * Decides the next step of an Instance. Total and pure; `now` is RFC 3339. The lock is announced in status before the
 * first order to the driver: a pass that takes it orders nothing, the pass after it acts. Claiming a VM is no operation:
 * it has a precondition of its own, and what runs does not notice.
 */
export function decideInstance(observation: InstanceObservation, now: string): InstanceDecision {
  const target = targetOf(observation, now);
  const { metadata, status } = observation.instance;
  const held = status?.operation;
  const settled = { action: { kind: 'None' }, stalled: undefined, awaited: undefined, target } as const;
  // The VM of an Instance that is being deleted goes with it, through its owner reference or before it.
  if (metadata.deletionTimestamp !== undefined) {
    return { ...settled, lock: held, action: departureOf(observation) ?? settled.action };
  }
  const step = stepOf(firstIntent(observation, target), held, { uid: metadata.uid, startedAt: now });
  const decision = heldFirst(observation, { ...settled, lock: held, ...step });
  // What a migration held back, and what is remembered of it, is free in the write that takes its lock away.
  if (held?.type === 'Migrate' && decision.lock?.type !== 'Migrate') {
    return decideInstance(withoutHold(observation), now);
  }
  // A VM that runs is never stopped for another; but who looks must know.
  return isOperating(decision)
    ? decision
    : { ...decision, stalled: decision.stalled ?? diskConflict(observation, target) };
}

/** Before a VM is its own, and as long as it is, an Instance is held where the VM does not go with it by itself. */
function heldFirst(observation: InstanceObservation, decision: InstanceDecision): InstanceDecision {
  const isDue = decision.action.kind !== 'None' || ownVm(observation) !== undefined;
  return isDue && needsHold(observation) ? { ...decision, action: { kind: 'Hold' } } : decision;
}

/** The step from what is wanted; what it leaves out stays as it is. */
function stepOf(
  intent: Intent | undefined,
  held: Operation | undefined,
  claim: Omit<Operation, 'type'>,
): Partial<InstanceDecision> {
  switch (intent?.kind) {
    case undefined:
      return { lock: undefined };
    case 'Stall':
      return { lock: undefined, stalled: { reason: intent.reason, message: intent.message } };
    case 'Await': {
      const awaited = { reason: intent.reason, message: intent.message };
      return intent.removes === true ? { awaited, action: { kind: 'Remove' } } : { awaited };
    }
    case 'TakeNote':
    case 'Yield':
      return {};
    case 'Claim':
    case 'AbortMigration':
      return { action: intent };
    case 'GiveWay':
      return held?.uid === intent.migration.uid
        ? {}
        : { lock: { ...claim, type: 'Migrate', uid: intent.migration.uid } };
    case 'Operate':
      if (held?.type !== intent.operation) return { lock: { ...claim, type: intent.operation } };
      return intent.step.kind === 'Wait' ? {} : { action: intent.step };
  }
}

function firstIntent(observation: InstanceObservation, target: Target): Intent | undefined {
  for (const facet of FACETS) {
    const intent = facet(observation, target);
    if (intent !== undefined) return intent;
  }
  return undefined;
}

/** Whether what is done is a write to the Instance itself, and not an order to the driver. */
export function isWriteOfInstance({ action }: Pick<InstanceDecision, 'action'>): boolean {
  return action.kind === 'Hold' || action.kind === 'Lift';
}

/** Whether the Instance controller itself is at work on the VM after this decision. */
export function isOperating({ lock }: Pick<InstanceDecision, 'lock'>): boolean {
  return lock !== undefined && lock.type !== 'Migrate';
}
