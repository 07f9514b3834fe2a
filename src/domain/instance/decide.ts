import type { Operation } from '../../api/instance.ts';
import { boot } from './facets/boot.ts';
import { migrationLock } from './facets/migration-lock.ts';
import { nodeLost } from './facets/node-lost.ts';
import { ownership } from './facets/ownership.ts';
import type { Facet, Intent } from './intent.ts';
import { targetOf, type InstanceObservation, type Target } from './observation.ts';

const FACETS: readonly Facet[] = [ownership, migrationLock, nodeLost, boot];

/** What to do at the driver now; at most one thing. */
type InstanceAction =
  | { readonly kind: 'None' }
  | { readonly kind: 'Define' }
  | { readonly kind: 'Restart'; readonly bootId: string }
  | { readonly kind: 'AbortMigration'; readonly migrationUid: string };

export interface InstanceDecision {
  readonly action: InstanceAction;
  /** The lock as it is to be after this pass; `undefined`: nobody holds it. */
  readonly lock: Operation | undefined;
  readonly stalled: { readonly reason: 'NotOwned'; readonly message: string } | undefined;
  readonly target: Target;
}

/**
 * Decides the next step of an Instance. Total and pure; `now` is RFC 3339. The lock is announced in status before the
 * first order to the driver: a pass that takes it orders nothing, the pass after it acts.
 */
export function decideInstance(observation: InstanceObservation, now: string): InstanceDecision {
  const target = targetOf(observation);
  const { metadata, status } = observation.instance;
  const held = status?.operation;
  const settled = { action: { kind: 'None' }, stalled: undefined, target } as const;
  // The VM of an Instance that is being deleted goes with it, through its owner reference.
  if (metadata.deletionTimestamp !== undefined) return { ...settled, lock: held };
  return {
    ...settled,
    lock: held,
    ...stepOf(firstIntent(observation, target), held, { uid: metadata.uid, startedAt: now }),
  };
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
    case 'Yield':
      return {};
    case 'AbortMigration':
      return { action: intent };
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

/** Whether the Instance controller itself is at work on the VM after this decision. */
export function isOperating({ lock }: InstanceDecision): boolean {
  return lock !== undefined && lock.type !== 'Migrate';
}
