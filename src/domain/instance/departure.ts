import { VM_FINALIZER } from '../../api/names.ts';
import type { Instance } from '../../api/instance.ts';
import { nodeLossOf } from './node-loss.ts';
import type { InstanceObservation } from './observation.ts';
import { standingOf } from './standing.ts';

/** What there is to do with the finalizer of an Instance, and for it. */
export type HoldAction =
  /** Keep the Instance when it is deleted, until its VM is gone. */
  | { readonly kind: 'Hold' }
  /** Let it go. */
  | { readonly kind: 'Lift' }
  | { readonly kind: 'Remove' };

/** Whether our finalizer is on it. */
function isHeld({ metadata }: Instance): boolean {
  return metadata.finalizers?.includes(VM_FINALIZER) === true;
}

/** The finalizers with ours, or without it. */
export function finalizersAfter({ metadata }: Instance, { kind }: Pick<HoldAction, 'kind'>): string[] {
  const others = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== VM_FINALIZER);
  return kind === 'Hold' ? [...others, VM_FINALIZER] : others;
}

/** Whether it has to be held before anything is done that makes a VM its own. */
export function needsHold({ placement, instance }: InstanceObservation): boolean {
  return placement !== undefined && !isHeld(instance);
}

/**
 * What an Instance that is being deleted waits for; `undefined`: for nothing of ours. Its VM is removed first, unless it
 * is to stay. While the node of the VM is not heard of it can't be; once that is fenced, nothing runs there any more.
 */
export function departureOf(observation: InstanceObservation): HoldAction | undefined {
  const { instance } = observation;
  if (!isHeld(instance)) return undefined;
  const loss = nodeLossOf(observation);
  if (loss !== undefined) return loss.fenced ? { kind: 'Lift' } : undefined;
  const isToGo = standingOf(observation) === 'Own' && instance.spec.deletionPolicy === 'Delete';
  return { kind: isToGo ? 'Remove' : 'Lift' };
}
