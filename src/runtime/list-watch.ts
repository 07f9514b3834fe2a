/**
 * The three requests that keep a cache: a list in pages, a watch from a known version, and a watch-list, which is both in
 * one stream and spares the API server to build the list in memory. Which one when is the reflector's business.
 */
import { isGone } from '../kube/api-errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { collectionPath } from '../kube/resource.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { ApiRequest, Transport, WatchEvent } from '../kube/transport.ts';

/** What part of a kind is watched. */
interface Selection {
  /** Only the object of this name. */
  readonly name?: string | undefined;
  /** Without it: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListWatchOptions extends Selection {
  readonly transport: Transport;
  readonly resource: Resource;
  /** Objects a page of a list. Default 500. */
  readonly pageSize?: number | undefined;
  /**
   * A watch without a byte for so long is taken for dead. Default 75 000: the API server sends a bookmark a minute
   * (61 to 63 s were measured).
   */
  readonly idleTimeoutMs?: number | undefined;
  /** In [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
}

export interface CompleteList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** The server ends a watch after this time, up to twice of it, so that not all clients come back together. */
const WATCH_SECONDS = 300;
const LIST_TIMEOUT_MS = 60_000;

export class ListWatch {
  readonly #options: ListWatchOptions;
  readonly #client: ResourceClient<KubeObject>;
  readonly #query: { readonly labelSelector?: string; readonly fieldSelector?: string };

  constructor(options: ListWatchOptions) {
    this.#options = options;
    this.#client = new ResourceClient(options.transport, options.resource);
    this.#query = selectorQuery(options);
  }

  /**
   * A complete list of the newest state. Whatever an API server has in its cache (resourceVersion 0) would cost it less, and
   * may be from before all that we have seen and done (docs/adr/0061-an-older-api-server.md). Of each object only what `read`
   * makes of it is held: as they come they are several times as large.
   */
  async list<T>(signal: AbortSignal, read: (raw: KubeObject) => T): Promise<CompleteList<T>> {
    try {
      return await this.#pages({ limit: this.#options.pageSize ?? 500 }, signal, read);
    } catch (error) {
      if (!isGone(error)) {
        throw error;
      }
      // The pages took so long that the state they were of is gone: all at once, then.
      return await this.#pages({}, signal, read);
    }
  }

  /** Events after `resourceVersion`. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    return this.#watch({ resourceVersion }, signal);
  }

  /** The newest state as ADDED events, a bookmark that says so, then events. */
  watchList(signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    return this.#watch({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, signal);
  }

  #watch(
    query: NonNullable<ApiRequest['query']>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const { transport, resource, namespace, random = Math.random, idleTimeoutMs = 75_000 } = this.#options;
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + random()));
    const request: ApiRequest = {
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { watch: true, allowWatchBookmarks: true, timeoutSeconds, ...this.#query, ...query },
    };
    return transport.watch(request, { signal, idleTimeoutMs });
  }

  async #pages<T>(
    first: { limit?: number },
    signal: AbortSignal,
    read: (raw: KubeObject) => T,
  ): Promise<CompleteList<T>> {
    const { namespace } = this.#options;
    const scope = { ...(namespace !== undefined && { namespace }), ...this.#query };
    const client = this.#client.with({ signal, timeoutMs: LIST_TIMEOUT_MS });
    let page = await client.list({ ...scope, ...first });
    const items = page.items.map(read);
    while (page.continue !== undefined) {
      const next = { limit: first.limit ?? 0, continue: page.continue };
      page = await client.list({ ...scope, ...next });
      items.push(...page.items.map(read));
    }
    return { items, resourceVersion: page.resourceVersion };
  }
}

function selectorQuery(selection: Selection): { labelSelector?: string; fieldSelector?: string } {
  const byName = selection.name === undefined ? [] : [`metadata.name=${selection.name}`];
  const fields = [...byName, ...(selection.fieldSelector === undefined ? [] : [selection.fieldSelector])];
  return {
    ...(selection.labelSelector !== undefined && { labelSelector: selection.labelSelector }),
    ...(fields.length > 0 && { fieldSelector: fields.join(',') }),
  };
}
