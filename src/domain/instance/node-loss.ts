import type { Explained } from '../conditions.ts';
import { ownVm, type InstanceObservation } from './observation.ts';
import type { LossReason } from './reasons.ts';

/** The node that a VM is said to run on is not heard of any more: nothing is known of the guest. */
export interface NodeLoss {
  readonly node: string;
  /** Whether it is certain that the guest runs no more, so that it may be booted elsewhere. */
  readonly fenced: boolean;
}

/**
 * Whether the node of the VM is lost. A node that is up and not Ready is not: its kubelet says so, and its guests run.
 * A Node that an admin has deleted, or marked out of service, is fenced: Kubernetes ends its pods then.
 */
export function nodeLossOf(observation: InstanceObservation): NodeLoss | undefined {
  const running = ownVm(observation)?.running;
  if (running?.node === undefined || running.phase === 'Ended') return lossOfHost(observation);
  const { node } = observation;
  if (node === undefined) return { node: running.node, fenced: true };
  return node.reachable && !node.fenced ? undefined : { node: node.name, fenced: node.fenced };
}

/** A VM that is not seen while its host is not heard of may be there. */
function lossOfHost({ vm, placement }: InstanceObservation): NodeLoss | undefined {
  const host = vm === undefined ? placement?.host : undefined;
  if (host === undefined || host.heard || host.fenced) return undefined;
  return { node: host.name, fenced: false };
}

/** What to tell people of a loss, in a condition. */
export function lossStatement({ node, fenced }: NodeLoss): Explained<LossReason> {
  if (fenced) {
    return {
      reason: 'NodeFenced',
      message: `Node "${node}" is gone for good. The VM starts on another node as soon as the driver has given it up.`,
    };
  }
  return {
    reason: 'NodeLost',
    message:
      `Node "${node}" is not heard of: nothing is known of the VM, and nothing is done to it. Bring the node back, or, ` +
      `when it is certain that the node is switched off, delete it or taint it node.kubernetes.io/out-of-service.`,
  };
}
