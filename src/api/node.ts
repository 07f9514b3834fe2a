import * as z from 'zod';

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
