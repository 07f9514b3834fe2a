import type { ResourceClient } from '../kube/resource-client.ts';
import type { KubeObject } from '../kube/resource.ts';

export interface Listed {
  readonly items: KubeObject[];
  readonly resourceVersion: string;
}

const PAGE = 500;

/** All objects of a namespace, or of all of them. */
export async function listAll(
  client: ResourceClient<KubeObject>,
  namespace: string | undefined,
): Promise<Listed> {
  const scope = { ...(namespace !== undefined && { namespace }), limit: PAGE };
  let page = await client.list(scope);
  const items = page.items;
  while (page.continue !== undefined) {
    page = await client.list({ ...scope, continue: page.continue });
    items.push(...page.items);
  }
  return { items, resourceVersion: page.resourceVersion };
}
