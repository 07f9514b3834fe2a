import { z } from 'zod';
import type { ObservedNode } from '../domain/observed.ts';
import type { Resource } from '../kube/resource.ts';

export const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

/** Of a Node, what a migration depends on; nothing that changes with each heartbeat. */
const Node = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});
export type Node = z.infer<typeof Node>;

export function parseNode(raw: unknown): Node {
  return Node.parse(raw);
}

export function observeNode({ metadata, spec, status }: Node): ObservedNode {
  return {
    name: metadata.name,
    labels: metadata.labels,
    ready: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    cordoned: spec.unschedulable,
  };
}
