import { isConflict, isNotFound } from './api-errors.ts';
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

/**
 * Writes the status of one kind: only if it changed (a no-op patch costs the server nearly as much as a real one), only
 * on the state that was decided upon, and so that the next reconcile sees its own write.
 */
export class StatusWriter<T extends KubeObject & { status?: unknown }> {
  readonly #client: ResourceClient<T>;
  readonly #store: ObjectSink<T>;

  constructor(client: ResourceClient<T>, store: ObjectSink<T>) {
    this.#client = client;
    this.#store = store;
  }

  /**
   * Replaces the whole status of `current`, which must carry the resourceVersion that it was read with.
   * @throws ApiError and ConnectionError other than the outcomes
   */
  async write(current: T, status: NonNullable<T['status']>): Promise<WriteOutcome<T>> {
    if (jsonEqual(current.status, status)) {
      return { kind: 'unchanged' };
    }
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
