/**
 * Puts what the API server sends into a store: decodes it, tells deletions from changes, and keeps what can't be read from
 * looking deleted.
 */
import { formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { WatchEvent } from '../kube/transport.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import type { Store } from './store.ts';

export class CacheFeed<T extends KubeObject> {
  readonly #store: Store<T>;
  readonly #decoder: ObjectDecoder<T>;

  constructor(store: Store<T>, decoder: ObjectDecoder<T>) {
    this.#store = store;
    this.#decoder = decoder;
  }

  /** Takes one event; returns the version that the cache has reached with it. */
  apply(event: WatchEvent): string | undefined {
    const raw = event.object as KubeObject;
    if (event.type === 'DELETED') {
      this.#remove(raw);
    } else if (event.type !== 'BOOKMARK') {
      const object = this.#decoder.decode(raw);
      if (object !== undefined) {
        this.#store.upsert(object);
      }
    }
    return raw.metadata.resourceVersion;
  }

  /** Takes a complete list of the state at `version`. */
  replace(raws: readonly KubeObject[], version: string): void {
    const unreadable = new Set<string>();
    const objects: T[] = [];
    for (const raw of raws) {
      const object = this.#decoder.decode(raw);
      if (object === undefined) {
        unreadable.add(formatKey(keyOf(raw)));
      } else {
        objects.push(object);
      }
    }
    this.#store.replace(objects, version, unreadable);
  }

  #remove(raw: KubeObject): void {
    const held = this.#store.get(formatKey(keyOf(raw)));
    const lastReadable = held && { ...held, metadata: { ...held.metadata, ...versionOf(raw) } };
    const last = this.#decoder.decode(raw) ?? lastReadable;
    this.#decoder.forget(raw);
    if (last !== undefined) {
      this.#store.remove(last);
    }
  }
}

function versionOf(raw: KubeObject): { resourceVersion?: string } {
  const { resourceVersion } = raw.metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}
