import { isNotFound } from './api-errors.ts';
import type { ResourceClient } from './resource-client.ts';
import { keyOf } from './resource.ts';
import type { KubeObject } from './resource.ts';
import type { ObjectSink } from './status-writer.ts';

/** Writes metadata of objects, and nothing else of them, so that the next reconcile sees its own write. */
export class MetadataWriter<T extends KubeObject> {
  readonly #client: ResourceClient<T>;
  readonly #store: ObjectSink<T>;
  readonly #fieldManager: string;

  constructor(client: ResourceClient<T>, store: ObjectSink<T>, fieldManager: string) {
    this.#client = client;
    this.#store = store;
    this.#fieldManager = fieldManager;
  }

  /**
   * Sets labels of `current`, and removes those that are `null`; no other is touched.
   * @throws ApiError also where somebody wrote since it was read (isConflict)
   */
  writeLabels(current: T, labels: Readonly<Record<string, string | null>>): Promise<'written' | 'gone'> {
    return this.#write(current, { labels });
  }

  /**
   * Replaces the finalizers of `current`. One that is gone needs none.
   * @throws ApiError also where somebody wrote since it was read (isConflict)
   */
  writeFinalizers(current: T, finalizers: readonly string[]): Promise<'written' | 'gone'> {
    return this.#write(current, { finalizers });
  }

  async #write({ metadata }: T, fields: object): Promise<'written' | 'gone'> {
    const { uid, resourceVersion } = metadata;
    const patch = { metadata: { uid, resourceVersion, ...fields } };
    const options = { fieldManager: this.#fieldManager };
    try {
      this.#store.upsert(await this.#client.mergePatch(keyOf({ metadata }), patch, options));
      return 'written';
    } catch (error) {
      if (isNotFound(error)) return 'gone';
      throw error;
    }
  }
}
