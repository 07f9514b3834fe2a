/**
 * Puts what the API server sends into a store: decodes it, tells deletions from changes, and keeps what can't be read from
 * looking deleted. Where there is a second store for what can't be read, an object is in one of the two; else the last
 * state that could be read stays.
 */
import { formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { WatchEvent } from '../kube/transport.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import { isNewer } from './resource-version.ts';
import type { Store } from './store.ts';
import { SeenValues, shared } from './sharing.ts';
import type { Decoded, Unreadable } from './unreadable.ts';

/** Where what arrives goes. */
export interface FeedTargets<T extends KubeObject> {
  readonly store: Store<T>;
  readonly unreadable?: Store<Unreadable> | undefined;
  /** Namespace that lists are of. Default: all. */
  readonly namespace?: string | undefined;
}

export class CacheFeed<T extends KubeObject> {
  readonly #store: Store<T>;
  readonly #decoder: ObjectDecoder<T>;
  readonly #unreadable: Store<Unreadable> | undefined;
  readonly #namespace: string | undefined;
  readonly #seen = new SeenValues();

  constructor(decoder: ObjectDecoder<T>, { store, unreadable, namespace }: FeedTargets<T>) {
    this.#store = store;
    this.#decoder = decoder;
    this.#unreadable = unreadable;
    this.#namespace = namespace;
  }

  /** Takes one event; returns the version that the cache has reached with it. */
  apply(event: WatchEvent): string | undefined {
    const raw = event.object as KubeObject;
    if (event.type === 'DELETED') {
      this.#remove(raw);
    } else if (event.type !== 'BOOKMARK') {
      this.upsert(raw);
    }
    return raw.metadata.resourceVersion;
  }

  /**
   * Takes a state of one object, from wherever it comes; one that is held, or older, is ignored without a look into it: each
   * own write comes twice, as its answer and from the watch.
   */
  upsert(raw: KubeObject): void {
    if (!isNews(raw, this.#store) || !isNews(raw, this.#unreadable)) return;
    const decoded = this.read(raw);
    if (decoded.kind === 'Readable') {
      move(decoded.object, this.#unreadable, this.#store);
    } else if (this.#unreadable !== undefined) {
      move(decoded.object, this.#store, this.#unreadable);
    }
  }

  /** Takes a complete list of the state at `version`, as it was read. */
  replace(all: readonly Decoded<T>[], version: string): void {
    const namespace = this.#namespace;
    const objects: T[] = [];
    const unreadable: Unreadable[] = [];
    for (const decoded of all) {
      if (decoded.kind === 'Readable') objects.push(decoded.object);
      else unreadable.push(decoded.object);
    }
    if (this.#unreadable === undefined) {
      const keep = new Set(unreadable.map((object) => formatKey(keyOf(object))));
      this.#store.replace(objects, version, { keep, namespace });
      return;
    }
    const readable = objects.filter((object) => isNews(object, this.#unreadable));
    this.#unreadable.replace(
      unreadable.filter((object) => isNews(object, this.#store)),
      version,
      { namespace },
    );
    this.#store.replace(readable, version, { namespace });
  }

  /** What the cache is to hold of an object: made of what it holds already, as far as that is equal. */
  read(raw: KubeObject): Decoded<T> {
    const decoded = this.#decoder.decode(raw);
    if (decoded.kind === 'Unreadable') return decoded;
    const held = this.#store.get(formatKey(keyOf(decoded.object)));
    return { ...decoded, object: shared(decoded.object, held, this.#seen) };
  }

  /** The server's history is another one than we know. */
  forgetVersions(): void {
    const namespace = this.#namespace;
    this.#store.forgetVersions({ namespace });
    this.#unreadable?.forgetVersions({ namespace });
  }

  #remove(raw: KubeObject): void {
    const decoded = this.#decoder.decode(raw);
    this.#decoder.forget(raw);
    withdraw(raw, this.#unreadable);
    if (decoded.kind === 'Readable') this.#store.remove(decoded.object);
    else withdraw(raw, this.#store);
  }
}

/** Puts an object into the store that it belongs to now, and out of the other. */
function move<T extends KubeObject, Other extends KubeObject>(
  object: T,
  from: Store<Other> | undefined,
  to: Store<T>,
): void {
  withdraw(object, from);
  to.upsert(object);
}

function isNews<T extends KubeObject>({ metadata }: KubeObject, other: Store<T> | undefined): boolean {
  const held = other?.get(formatKey(keyOf({ metadata })));
  return isNewer(metadata.resourceVersion, held?.metadata.resourceVersion);
}

/** Removes what a store holds of an object, as of the version of `last`. */
function withdraw<T extends KubeObject>(last: KubeObject, store: Store<T> | undefined): void {
  const held = store?.get(formatKey(keyOf(last)));
  if (held === undefined) return;
  const { resourceVersion } = last.metadata;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  store?.remove({ ...held, metadata: { ...held.metadata, ...version } });
}
