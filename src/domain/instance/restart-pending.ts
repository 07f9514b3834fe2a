import type { Explained } from '../conditions.ts';
import type { ObservedVm } from '../observed.ts';
import { isOperating, type InstanceDecision } from './decide.ts';
import { heldBack } from './held-back.ts';
import type { InstanceObservation } from './observation.ts';
import type { InstanceStatement, PendingReason } from './reasons.ts';

/** How many changed fields are named. */
const MOST_NAMED = 5;
const WHEN = 'at the next start, rescue or unrescue';

/** Whether something waits for the next boot that the Instance asks for. */
export function restartPending({
  observation,
  decision,
}: {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
}): InstanceStatement {
  const held = heldBack({ observation, decision });
  if (held !== undefined) return { type: 'RestartPending', status: 'True', ...held };
  const { vm } = observation;
  const pending = vm?.running === undefined || isOperating(decision) ? undefined : whatWaits(vm, decision);
  if (pending !== undefined) return { type: 'RestartPending', status: 'True', ...pending };
  return {
    type: 'RestartPending',
    status: 'False',
    reason: 'UpToDate',
    message: 'The VM runs as its spec says.',
  };
}

function whatWaits(
  { stored, running }: ObservedVm,
  { target }: InstanceDecision,
): Explained<PendingReason> | undefined {
  const runs = running?.boot.specHash;
  if (runs === '') {
    return { reason: 'Adopted', message: `The VM was taken over as it was; the spec takes effect ${WHEN}.` };
  }
  if (runs !== target.vm.boot.specHash) {
    return { reason: 'SpecChanged', message: `The spec was changed; it takes effect ${WHEN}.` };
  }
  if (stored.drift.length === 0) return undefined;
  const message = `Somebody else has changed ${named(stored.drift)} of the VM; it is put right ${WHEN}.`;
  return { reason: 'Drifted', message };
}

function named(paths: readonly string[]): string {
  const more = paths.length - MOST_NAMED;
  const shown = paths.slice(0, MOST_NAMED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
