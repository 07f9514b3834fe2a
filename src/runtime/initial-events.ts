/**
 * The first part of a watch-list: the state as events, ended by a bookmark that says so. A server that does not know
 * watch-list either refuses it or, worse, ignores the parameters and never sends that bookmark: then we must not wait for
 * ever.
 */
import { ApiError, ConnectionError } from '../kube/api-errors.ts';
import { formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { WatchEvent } from '../kube/transport.ts';
import type { Clock } from './clock.ts';

export interface InitialEvents<T> {
  readonly objects: readonly T[];
  readonly resourceVersion: string;
}

const END_ANNOTATION = 'k8s.io/initial-events-end';
const LONGEST_SILENCE_MS = 10_000;

/**
 * Reads up to the bookmark; leaves the iterator open behind it. Of each object only what `read` makes of it is held: as they
 * come they are several times as large. @throws what the watch throws
 */
export async function collectInitialEvents<T>(
  events: AsyncIterator<WatchEvent, unknown, undefined>,
  clock: Clock,
  read: (raw: KubeObject) => T,
): Promise<InitialEvents<T> | 'not offered'> {
  const objects = new Map<string, T>();
  for (;;) {
    const event = await nextEvent(events, clock);
    if (event === undefined) {
      return 'not offered';
    }
    const object = event.object as KubeObject;
    if (event.type === 'BOOKMARK') {
      if (object.metadata.annotations?.[END_ANNOTATION] === 'true') {
        return { objects: [...objects.values()], resourceVersion: object.metadata.resourceVersion ?? '' };
      }
    } else if (event.type === 'DELETED') {
      objects.delete(formatKey(keyOf(object)));
    } else {
      objects.set(formatKey(keyOf(object)), read(object));
    }
  }
}

/** Undefined when the stream was refused or fell silent. */
async function nextEvent(
  events: AsyncIterator<WatchEvent, unknown, undefined>,
  clock: Clock,
): Promise<WatchEvent | undefined> {
  const silence = Promise.withResolvers<undefined>();
  const cancel = clock.setTimeout(() => {
    silence.resolve(undefined);
  }, LONGEST_SILENCE_MS);
  try {
    const result = await Promise.race([events.next(), silence.promise]);
    if (result?.done === true) {
      throw new ConnectionError('watch-list ended before it was complete');
    }
    return result?.value;
  } catch (error) {
    if (isRefusal(error)) {
      return undefined;
    }
    throw error;
  } finally {
    cancel();
  }
}

/** 500 is what an API server over an etcd without progress requests answers. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [400, 405, 422, 500].includes(error.code);
}
