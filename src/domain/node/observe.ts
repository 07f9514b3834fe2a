import type { Node } from '../../api/node.ts';
import type { ObservedNode } from '../observed.ts';

/** An admin's word that nothing runs on a node any more, so that its VMs may be started elsewhere. */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export function observeNode({ metadata, spec, status }: Node): ObservedNode {
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status;
  return {
    name: metadata.name,
    labels: metadata.labels,
    annotations: metadata.annotations,
    ready: ready === 'True',
    reachable: ready !== 'Unknown',
    cordoned: spec.unschedulable,
    fenced: spec.taints.some(({ key }) => key === OUT_OF_SERVICE),
  };
}
