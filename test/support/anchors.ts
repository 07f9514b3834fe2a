import { PODS } from '../../src/api/resources.ts';
import * as z from 'zod';
import { BUDGETS } from '../../src/controllers/anchor/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';

const Anchor = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    nodeSelector: z.record(z.string(), z.string()).optional(),
    containers: z.array(
      z.object({
        image: z.string(),
        resources: z.object({ requests: z.record(z.string(), z.string()).optional() }),
      }),
    ),
  }),
});
export type Anchor = z.infer<typeof Anchor>;

/** The anchors of an Instance as anybody finds them, by its name. */
export async function anchorsOf(
  admin: Transport,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Anchor[]> {
  const labelSelector = `compute.medevac.dev/anchor=true,compute.medevac.dev/instance=${name}`;
  const { items } = await new ResourceClient<KubeObject>(admin, PODS).list({ namespace, labelSelector });
  return items.map((item) => Anchor.parse(item));
}

const Budget = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    minAvailable: z.int(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  }),
});

/** The budgets of a namespace. */
export async function budgetsIn(admin: Transport, namespace: string): Promise<z.infer<typeof Budget>[]> {
  const { items } = await new ResourceClient<KubeObject>(admin, BUDGETS).list({ namespace });
  return items.map((item) => Budget.parse(item));
}
