import type { KubeObject } from '../../src/kube/resource.ts';
import type { ApiRequest, Transport, WatchEvent } from '../../src/kube/transport.ts';

/** What is watched, from which version on. */
export interface WatchedFrom {
  readonly path: string;
  readonly resourceVersion: string;
  readonly query?: ApiRequest['query'];
}

/**
 * Every watch event until the signal is aborted, none left out: the API server ends the watch of who reads too slowly, without
 * an error, and it is taken up behind the last event. @throws ApiError, also where what came between can't be had any more
 */
export async function* watchOn(
  transport: Pick<Transport, 'watch'>,
  { path, query, ...from }: WatchedFrom,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  let { resourceVersion } = from;
  while (!signal.aborted) {
    const request = { method: 'GET', path, query: { ...query, watch: true, resourceVersion } } as const;
    for await (const event of transport.watch(request, { signal, idleTimeoutMs: 600_000 })) {
      yield event;
      resourceVersion = (event.object as KubeObject).metadata.resourceVersion ?? resourceVersion;
    }
  }
}
