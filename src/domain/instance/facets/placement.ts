import { nodeForVm } from '../../anchor/placement.ts';
import { waitingForPlacement } from '../../anchor/texts.ts';
import type { Facet } from '../intent.ts';
import type { InstanceObservation, Target } from '../observation.ts';

/**
 * A VM that Kubernetes places is made, and started, only where kube-scheduler has found room for it. The node is written
 * down first: an order whose answer is lost must not be given again for another node. A VM that is up, or between two
 * boots, is left alone.
 */
export const placement: Facet = (observation, target) => {
  if (observation.placement === undefined || !needsNode(observation, target)) return undefined;
  const named = nodeForVm(observation.placement);
  const { metadata, status } = observation.instance;
  if (named.kind === 'Awaited') {
    return { kind: 'Await', reason: 'WaitingForPlacement', message: waitingForPlacement(metadata, named) };
  }
  const isWritten = observation.vm !== undefined || status?.placement?.node === named.node;
  return status?.operation === undefined || isWritten ? undefined : { kind: 'TakeNote' };
};

/** It is nowhere, or off and to be started. */
function needsNode({ vm }: InstanceObservation, { power }: Target): boolean {
  if (vm === undefined) return true;
  return power === 'On' && vm.stored.power === 'Off' && vm.running === undefined;
}
