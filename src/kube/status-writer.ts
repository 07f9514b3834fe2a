import { isConflict, isNotFound, isUnknownOutcome } from './api-errors.ts';
import { jsonEqual } from './json-equal.ts';
import type { ResourceClient } from './resource-client.ts';
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

/** Objects that are remembered as those that we have written. */
const MOST_WRITTEN = 20_000;

/**
 * Writes the status of one kind: only if it changed (to write what is there costs the server nearly as much), only on the
 * state that was decided upon, and so that the next reconcile sees its own write; where the answer is lost, it must be
 * settled first what became of it (docs/adr/0021-answers-that-are-lost.md).
 */
export class StatusWriter<T extends KubeObject & { status?: unknown }> {
  readonly #client: ResourceClient<T>;
  readonly #store: ObjectSink<T>;
  /**
   * What was to be written where nothing is known of it: it may have been carried out, or may be yet. By the state that was
   * decided upon; a cache that has moved on holds another object, and nothing is in doubt.
   */
  readonly #unanswered = new WeakMap<T, NonNullable<T['status']>>();
  /** uids of objects that this process has written: a cache that has the answer has all that others wrote before. */
  readonly #written = new Set<string>();

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
   * decided from `current`; look again when the cache has moved on, or after a while: an API server may speak of a conflict
   * that there is not, and then no event comes.
   * @throws ApiError and ConnectionError: it is not known yet
   */
  async settle(current: T): Promise<boolean> {
    const status = this.#unanswered.get(current);
    if (status === undefined) return true;
    const { kind } = await this.#send(current, status);
    if (kind === 'written') this.#unanswered.delete(current);
    return false;
  }

  /**
   * Whether `current`, as a cache holds it, is the newest state, as far as another process may have written one that led before
   * us. It is asked for once, with the status that is there already, which changes nothing if it is: what is ordered next has
   * no precondition of its own (docs/adr/0061-an-older-api-server.md).
   * @throws ApiError and ConnectionError: it is not known
   */
  async isNewest(current: T): Promise<boolean> {
    return this.#written.has(current.metadata.uid ?? '') || this.isStored(current);
  }

  /**
   * Whether `current`, as a cache holds it, is what is stored, whoever else may write or delete it: it is asked for each time,
   * in the same way as by `isNewest`.
   * @throws ApiError and ConnectionError: it is not known
   */
  async isStored(current: T): Promise<boolean> {
    const { status } = current;
    return status == null || (await this.#send(current, status)).kind === 'written';
  }

  async #send(current: T, status: NonNullable<T['status']>): Promise<WriteOutcome<T>> {
    try {
      const object = await this.#client.replaceStatus(current, status);
      // So the API server answers a write that has raced with the deletion.
      if (object.metadata.resourceVersion === undefined) return { kind: 'gone' };
      this.#store.upsert(object);
      this.#remember(object);
      return { kind: 'written', object };
    } catch (error) {
      if (isUnknownOutcome(error)) this.#unanswered.set(current, status);
      return outcomeOf(error);
    }
  }

  #remember({ metadata: { uid = '' } }: T): void {
    this.#written.add(uid);
    const oldest = this.#written.keys().next();
    if (this.#written.size > MOST_WRITTEN && oldest.done !== true) this.#written.delete(oldest.value);
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
