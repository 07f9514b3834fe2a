import type { Node } from '../api/node.ts';
import { observeNode } from '../domain/node/observe.ts';
import type { ObservedNode } from '../domain/observed.ts';
import { jsonEqual } from '../kube/json-equal.ts';
import type { Change } from '../runtime/store.ts';

/** Whether a change of a Node is one that anybody waits for: kubelets and hypervisors write it all the time. */
export function isNews({ object, previous }: Change<Node>): boolean {
  return previous === undefined || !jsonEqual(lasting(previous), lasting(object));
}

/** Annotations tell of heartbeats; who needs the last of them looks when it is due. */
function lasting(node: Node): Omit<ObservedNode, 'annotations'> {
  const { annotations, ...others } = observeNode(node);
  return others;
}
