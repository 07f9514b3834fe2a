import { z } from 'zod';
import type { ObservedNode } from '../domain/observed.ts';
import { jsonEqual } from '../kube/json-equal.ts';
import type { Resource } from '../kube/resource.ts';
import type { Change, Store } from '../runtime/store.ts';

export const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

/** Of a Node, what VMs and migrations depend on. */
const Node = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z
    .object({
      unschedulable: z.boolean().default(false),
      taints: z.array(z.object({ key: z.string() })).default([]),
    })
    .prefault({}),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});
export type Node = z.infer<typeof Node>;

export function parseNode(raw: unknown): Node {
  return Node.parse(raw);
}

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

/** Whether a change of a Node is one that anybody waits for: kubelets and hypervisors write it all the time. */
export function isNews({ object, previous }: Change<Node>): boolean {
  return previous === undefined || !jsonEqual(lasting(previous), lasting(object));
}

/** Annotations tell of heartbeats; who needs the last of them looks when it is due. */
function lasting(node: Node): Omit<ObservedNode, 'annotations'> {
  const { annotations, ...others } = observeNode(node);
  return others;
}

/** The nodes of a cache, as drivers see them. */
export function nodesIn(store: Store<Node>): {
  nodes(): ObservedNode[];
  node(name: string): ObservedNode | undefined;
} {
  return {
    nodes: () => store.list().map(observeNode),
    node: (name) => {
      const node = store.get(name);
      return node && observeNode(node);
    },
  };
}
