import { isNotFound } from '../../../src/kube/api-errors.ts';
import type { JsonPatchOperation } from '../../../src/kube/resource-client.ts';
import { collectionPath, objectPath } from '../../../src/kube/resource.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { resources } from '../objects/kinds.ts';
import type { Kind, Kinds } from '../objects/kinds.ts';

/** virt-api reads what it decides on from the API server, never from a cache. */
export class ApiClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async find<K extends Kind>(kind: K, key: ObjectKey): Promise<Kinds[K] | undefined> {
    try {
      return await this.#transport.request<Kinds[K]>({
        method: 'GET',
        path: objectPath(resources[kind], key),
      });
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async list<K extends Kind>(kind: K, namespace: string, labelSelector: string): Promise<Kinds[K][]> {
    const path = collectionPath(resources[kind], namespace);
    const page = await this.#transport.request<{ items: Kinds[K][] }>({
      method: 'GET',
      path,
      query: { labelSelector },
    });
    return page.items;
  }

  async create(kind: Kind, namespace: string, body: object, dryRun: boolean): Promise<void> {
    await this.#transport.request({
      method: 'POST',
      path: collectionPath(resources[kind], namespace),
      body,
      ...(dryRun && { query: { dryRun: 'All' } }),
    });
  }

  async patch(
    kind: Kind,
    key: ObjectKey,
    patch: readonly JsonPatchOperation[],
    options: { readonly dryRun?: boolean; readonly subresource?: string } = {},
  ): Promise<void> {
    await this.#transport.request({
      method: 'PATCH',
      path: objectPath(resources[kind], key, options.subresource),
      contentType: 'application/json-patch+json',
      body: patch,
      ...(options.dryRun === true && { query: { dryRun: 'All' } }),
    });
  }
}
