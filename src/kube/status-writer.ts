import { isConflict, isNotFound, isUnknownOutcome } from './api-errors.ts';
import { jsonEqual } from './json-equal.ts';
import type { JsonPatchOperation, ResourceClient } from './resource-client.ts';
import { keyOf } from './resource.ts';
import type { KubeObject } from './resource.ts';

/** Where the answer to an own write goes at once; src/runtime's Reflector is one. It must not throw. */
export interface ObjectSink<T> {
  upsert(object: T): void;
}

/** What became of a status write. */
export type WriteOutcome<T> =
  /** Nothing was sent: the status is there already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'written'; readonly object: T }
  /** Somebody wrote since we read: read again. */
  | { readonly kind: 'conflict' }
  /** The object does not exist any more. */
  | { readonly kind: 'gone' };

/** What is known of a write whose answer was lost. */
type Unanswered<T extends { status?: unknown }> =
  /** Nothing: it may have been carried out, or may be yet. */
  | { readonly kind: 'Unknown'; readonly status: NonNullable<T['status']> }
  /** The object has moved on, by that write or another one: the cache has to. */
  | { readonly kind: 'Overtaken' };

/**
 * Writes the status of one kind: only if it changed (a no-op patch costs the server nearly as much as a real one), only
 * on the state that was decided upon, and so that the next reconcile sees its own write; where the answer is lost, it
 * must be settled first what became of it (docs/adr/0021-answers-that-are-lost.md).
 */
export class StatusWriter<T extends KubeObject & { status?: unknown }> {
  readonly #client: ResourceClient<T>;
  readonly #store: ObjectSink<T>;
  /** By the state that was decided upon; a cache that has moved on holds another object, and nothing is in doubt. */
  readonly #unanswered = new WeakMap<T, Unanswered<T>>();

  constructor(client: ResourceClient<T>, store: ObjectSink<T>) {
    this.#client = client;
    this.#store = store;
  }

  /**
   * Replaces the whole status of `current`, which must carry the resourceVersion that it was read with.
   * @throws ApiError and ConnectionError other than the outcomes; it may have been written all the same (`settle`)
   */
  async write(current: T, status: NonNullable<T['status']>): Promise<WriteOutcome<T>> {
    if (jsonEqual(current.status, status)) {
      return { kind: 'unchanged' };
    }
    return this.#send(current, status);
  }

  /**
   * Whether `current`, as a cache holds it, shows what became of our writes. Where the answer to one was lost it is sent
   * again, unchanged: it tests the same resourceVersion, so that only one of the two can win. False: nothing may be
   * decided from `current`; look again when the cache has moved on.
   * @throws ApiError and ConnectionError: it is not known yet
   */
  async settle(current: T): Promise<boolean> {
    const unanswered = this.#unanswered.get(current);
    if (unanswered === undefined) return true;
    if (unanswered.kind === 'Overtaken') return false;
    const { kind } = await this.#send(current, unanswered.status);
    if (kind === 'written') this.#unanswered.delete(current);
    else this.#unanswered.set(current, { kind: 'Overtaken' });
    return false;
  }

  async #send(current: T, status: NonNullable<T['status']>): Promise<WriteOutcome<T>> {
    const patch: JsonPatchOperation[] = [
      { op: 'test', path: '/metadata/resourceVersion', value: current.metadata.resourceVersion },
      // `add` also replaces what is there, so the first write needs no case of its own.
      { op: 'add', path: '/status', value: status },
    ];
    try {
      const object = await this.#client.patch(keyOf(current), patch, { subresource: 'status' });
      // So the API server answers a write that has raced with the deletion.
      if (object.metadata.resourceVersion === undefined) return { kind: 'gone' };
      this.#store.upsert(object);
      return { kind: 'written', object };
    } catch (error) {
      if (isUnknownOutcome(error)) this.#unanswered.set(current, { kind: 'Unknown', status });
      return outcomeOf(error);
    }
  }
}

function outcomeOf(error: unknown): { readonly kind: 'conflict' | 'gone' } {
  if (isNotFound(error)) {
    return { kind: 'gone' };
  }
  if (isConflict(error)) {
    return { kind: 'conflict' };
  }
  throw error;
}
