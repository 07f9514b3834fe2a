import { apiVersionOf, collectionPath, keyOf, objectPath } from './resource.ts';
import type { KubeObject, ObjectKey, Resource } from './resource.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** What server-side apply is given: the fields that we own, and nothing else. */
export interface ApplyObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface ListOptions {
  /** Without it: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
}

export interface ListResult<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  /** Token for the next page; absent on the last. */
  readonly continue?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers. Default false: the answer is 409 then. */
  readonly force?: boolean;
}

export interface PatchOptions {
  readonly subresource?: 'status' | 'scale';
  readonly fieldManager?: string;
}

export interface DeleteOptions {
  /** Preconditions: 409 Conflict when the object is another one by now. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

/** Of every request of a client. */
export type RequestLimits = Pick<ApiRequest, 'signal' | 'timeoutMs' | 'mayBeSent'>;

interface RawList<T> {
  readonly items?: T[];
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** The verbs of one kind. Every method throws ApiError or ConnectionError. */
export class ResourceClient<T extends KubeObject> {
  readonly resource: Resource;
  readonly #transport: Transport;
  readonly #limits: RequestLimits;

  constructor(transport: Transport, resource: Resource, limits: RequestLimits = {}) {
    this.#transport = transport;
    this.resource = resource;
    this.#limits = limits;
  }

  /** The same client with other limits. */
  with(limits: RequestLimits): ResourceClient<T> {
    return new ResourceClient(this.#transport, this.resource, { ...this.#limits, ...limits });
  }

  get(key: ObjectKey): Promise<T> {
    return this.#request<T>({ method: 'GET', path: objectPath(this.resource, key) });
  }

  /** One page. Items carry no apiVersion and kind where the server leaves them out. */
  async list(options: ListOptions = {}): Promise<ListResult<T>> {
    const { namespace, ...query } = options;
    const path = collectionPath(this.resource, namespace);
    const page = await this.#request<RawList<T>>({ method: 'GET', path, query });
    const next = page.metadata?.continue;
    return {
      items: page.items ?? [],
      resourceVersion: page.metadata?.resourceVersion ?? '',
      ...(next === undefined || next === '' ? {} : { continue: next }),
    };
  }

  /** A second call with the same name gives 409 AlreadyExists. */
  create(object: KubeObject, options: { fieldManager?: string } = {}): Promise<T> {
    return this.#request<T>({
      method: 'POST',
      path: collectionPath(this.resource, object.metadata.namespace),
      query: options,
      body: this.#typed(object),
    });
  }

  /** PUT; with `metadata.resourceVersion` an optimistic update. */
  replace(object: KubeObject, options: PatchOptions = {}): Promise<T> {
    const { subresource, ...query } = options;
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
    const path = objectPath(this.resource, key, subresource);
    return this.#request<T>({ method: 'PUT', path, query, body: this.#typed(object) });
  }

  /**
   * PUT of the status, on the state that `object` was read in; 409 Conflict where it is another one by now. Nothing else of
   * the object is sent: the API server takes nothing else (docs/adr/0067-a-status-is-replaced.md).
   */
  replaceStatus({ metadata }: T, status: unknown): Promise<T> {
    const { name, namespace, uid, resourceVersion } = metadata;
    const body = this.#typed({ metadata: { name, namespace, uid, resourceVersion }, status });
    return this.putSubresource<T>(keyOf({ metadata }), 'status', body);
  }

  /** Server-side apply: creates what is missing; a second call with the same content changes nothing. */
  apply(object: ApplyObject, options: ApplyOptions): Promise<T> {
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
    return this.#patch(key, this.#typed(object), {
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: options.fieldManager, force: options.force },
    });
  }

  /** JSON patch; a failed `test` operation throws what isConflict() knows. */
  patch(key: ObjectKey, patch: readonly JsonPatchOperation[], options: PatchOptions = {}): Promise<T> {
    const { subresource, ...query } = options;
    return this.#patch(key, patch, { contentType: 'application/json-patch+json', query }, subresource);
  }

  /** Merge patch; put `metadata.resourceVersion` or `uid` into it for a precondition. */
  mergePatch(key: ObjectKey, patch: object, options: PatchOptions = {}): Promise<T> {
    const { subresource, ...query } = options;
    return this.#patch(key, patch, { contentType: 'application/merge-patch+json', query }, subresource);
  }

  /** Asks for deletion; finalizers may hold it up. A second call after the end gives 404. */
  async delete(key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, ...rest } = options;
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...rest };
    await this.#request({ method: 'DELETE', path: objectPath(this.resource, key), body });
  }

  /** PUT of a subresource, for example of one that is a call, such as `restart`; `body` is sent as JSON. */
  putSubresource<R = unknown>(key: ObjectKey, subresource: string, body: unknown): Promise<R> {
    return this.#request<R>({
      method: 'PUT',
      path: objectPath(this.resource, key, subresource),
      body,
    });
  }

  #patch(
    key: ObjectKey,
    body: unknown,
    request: Pick<ApiRequest, 'contentType' | 'query'>,
    subresource?: string,
  ): Promise<T> {
    const path = objectPath(this.resource, key, subresource);
    return this.#request<T>({ method: 'PATCH', path, body, ...request });
  }

  #request<R>(request: ApiRequest): Promise<R> {
    return this.#transport.request<R>({ ...this.#limits, ...request });
  }

  #typed(object: object): object {
    return { apiVersion: apiVersionOf(this.resource), kind: this.resource.kind, ...object };
  }
}
