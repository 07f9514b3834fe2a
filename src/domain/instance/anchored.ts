import { hostNameOf } from '../anchor/host.ts';
import { anchorOn, nodeForVm } from '../anchor/placement.ts';
import { anchorMissing, waitingForPlacement } from '../anchor/texts.ts';
import type { InstanceDecision } from './decide.ts';
import type { InstanceObservation } from './observation.ts';
import type { InstanceStatement } from './reasons.ts';

interface AnchoredView {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
}

/** Whether the VM holds its place on its node; nothing is said where the driver places VMs itself. */
export function anchored({ observation, decision }: AnchoredView): InstanceStatement | undefined {
  const { placement, vm, instance } = observation;
  if (placement === undefined) return undefined;
  const node = vm?.running === undefined ? undefined : hostNameOf({ instance, vm });
  if (node !== undefined) {
    if (anchorOn(placement, node) !== undefined) return BOUND;
    const named = nodeForVm(placement);
    const words = named.kind === 'Awaited' ? named.words : undefined;
    const message = anchorMissing(instance.metadata, { node, words });
    return { type: 'Anchored', status: 'False', reason: 'AnchorMissing', message };
  }
  if (vm !== undefined && decision.target.power === 'Off') return NOT_RUNNING;
  const named = nodeForVm(placement);
  if (named.kind === 'Named') return BOUND;
  const message = waitingForPlacement(instance.metadata, named);
  return { type: 'Anchored', status: 'False', reason: 'WaitingForPlacement', message };
}

const BOUND = {
  type: 'Anchored',
  status: 'True',
  reason: 'AnchorBound',
  message: 'An anchor Pod holds the place of the VM on its node.',
} as const;

const NOT_RUNNING = {
  type: 'Anchored',
  status: 'False',
  reason: 'NotRunning',
  message: 'The VM does not run: it takes no place.',
} as const;
