/**
 * The cache of one kind. It is fed from three sides (lists, watch events, responses to own writes) which may arrive in
 * any order; per object it only ever moves forward, by resourceVersion, so nobody who reads it sees a state that is
 * older than one already seen. Every step forward is told to the handlers exactly once, whichever side it came from.
 * Objects are shared, not copied: treat them as frozen.
 */
import { formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject } from '../kube/resource.ts';
import { IndexTable } from './index-table.ts';
import type { Indices } from './index-table.ts';
import { isNewer, isOlder } from './resource-version.ts';
import { Tombstones } from './tombstones.ts';

/** What happened to one object of a store. */
export interface Change<T> {
  readonly type: 'Added' | 'Updated' | 'Deleted';
  /** For Deleted: the last state that was seen. */
  readonly object: T;
  /** For Updated: the state before. */
  readonly previous?: T;
}

export type ChangeHandler<T> = (change: Change<T>) => void;

/** What a complete list does not say. */
export interface ListScope {
  /** Keys of objects that exist but could not be read: what is held of them stays. */
  readonly keep?: ReadonlySet<string> | undefined;
  /** Namespace that the list is of; what is held of others stays. Default: all. */
  readonly namespace?: string | undefined;
}

export interface StoreOptions<T> {
  readonly indices?: Indices<T> | undefined;
  /** What to do with an exception of a handler. Default: thrown outside, so that it ends the process loudly. */
  readonly onHandlerError?: (error: unknown) => void;
  /** Milliseconds from an arbitrary start. */
  readonly monotonic?: () => number;
}

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indices: IndexTable<T>;
  readonly #tombstones: Tombstones;
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #onHandlerError: (error: unknown) => void;

  constructor(options: StoreOptions<T> = {}) {
    this.#indices = new IndexTable(options.indices ?? {});
    this.#tombstones = new Tombstones(options.monotonic ?? ((): number => performance.now()));
    this.#onHandlerError = options.onHandlerError ?? throwOutside;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** `key` as formatKey() makes it. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** Objects that have `value` in the index. @throws for an index that was never defined */
  byIndex(index: string, value: string): T[] {
    return [...this.#indices.keys(index, value)].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Told of every change from now on, and of what is there already as Added. Handlers must not wait. */
  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
    for (const object of this.list()) {
      this.#tell(handler, { type: 'Added', object });
    }
  }

  /**
   * Takes a state of an object: from the watch, or the response of an own write. Ignored when it is not newer than what
   * is held, or than a deletion already seen.
   */
  upsert(object: T): void {
    this.#notify(this.#put(object));
  }

  /** Takes a deletion. Ignored when a newer state is held: the name has been taken again. */
  remove(object: T): void {
    const key = formatKey(keyOf(object));
    const held = this.#objects.get(key);
    if (held === undefined || !isOlder(object.metadata.resourceVersion, held.metadata.resourceVersion)) {
      this.#tombstones.add(key, object.metadata.resourceVersion);
      this.#notify(this.#take(key, object));
    }
  }

  /**
   * Takes a complete list of the state at `version`: what is held and not in it is deleted, unless it is newer than the
   * list. Handlers are called when everything is in place.
   */
  replace(objects: readonly T[], version: string, { keep, namespace }: ListScope = {}): void {
    const changes = objects.flatMap((object) => this.#put(object));
    const present = new Set(objects.map((object) => formatKey(keyOf(object))));
    for (const [key, held] of this.#objects) {
      const newer = isOlder(version, held.metadata.resourceVersion);
      const elsewhere = namespace !== undefined && held.metadata.namespace !== namespace;
      if (!present.has(key) && keep?.has(key) !== true && !newer && !elsewhere) {
        this.#tombstones.add(key, version);
        changes.push(...this.#take(key, held));
      }
    }
    this.#notify(changes);
  }

  /** The server's history is another one than we know (restored from a backup): versions seen so far mean nothing. */
  forgetVersions({ namespace }: Pick<ListScope, 'namespace'> = {}): void {
    this.#tombstones.clear();
    for (const [key, object] of this.#objects) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      this.#objects.set(key, { ...object, metadata: { ...object.metadata, resourceVersion: '' } });
    }
  }

  #put(object: T): Change<T>[] {
    const key = formatKey(keyOf(object));
    const { uid, resourceVersion } = object.metadata;
    const held = this.#objects.get(key);
    if (
      !isNewer(resourceVersion, held?.metadata.resourceVersion) ||
      this.#tombstones.covers(key, resourceVersion)
    ) {
      return [];
    }
    const recreated = held !== undefined && held.metadata.uid !== uid;
    const changes = recreated ? this.#take(key, held) : [];
    const previous = this.#objects.get(key);
    if (previous !== undefined) {
      this.#indices.remove(key, previous);
    }
    this.#objects.set(key, object);
    this.#indices.add(key, object);
    changes.push(previous === undefined ? { type: 'Added', object } : { type: 'Updated', object, previous });
    return changes;
  }

  #take(key: string, last: T): Change<T>[] {
    const held = this.#objects.get(key);
    if (held === undefined) {
      return [];
    }
    this.#objects.delete(key);
    this.#indices.remove(key, held);
    return [{ type: 'Deleted', object: last }];
  }

  #notify(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      for (const handler of this.#handlers) {
        this.#tell(handler, change);
      }
    }
  }

  #tell(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}

function throwOutside(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
