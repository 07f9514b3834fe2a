import { isNotFound } from './api-errors.ts';
import type { ResourceClient } from './resource-client.ts';
import { keyOf, type KubeObject } from './resource.ts';
import type { ObjectSink } from './status-writer.ts';

/** Writes the finalizers of one kind, so that the next reconcile sees its own write. */
export class FinalizerWriter<T extends KubeObject> {
  readonly #client: ResourceClient<T>;
  readonly #store: ObjectSink<T>;
  readonly #fieldManager: string;

  constructor(client: ResourceClient<T>, store: ObjectSink<T>, fieldManager: string) {
    this.#client = client;
    this.#store = store;
    this.#fieldManager = fieldManager;
  }

  /**
   * Replaces the finalizers of `current`; nothing else of it is touched. One that is gone needs none.
   * @throws ApiError also where somebody wrote since it was read (isConflict)
   */
  async write({ metadata }: T, finalizers: readonly string[]): Promise<void> {
    const { uid, resourceVersion } = metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers } };
    try {
      const object = await this.#client.mergePatch(keyOf({ metadata }), patch, {
        fieldManager: this.#fieldManager,
      });
      this.#store.upsert(object);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
