/**
 * The indices of a store: for each index name, from value to the keys of the objects that have it. Kept up to date with
 * every change, so that a lookup costs nothing; the functions must be pure, because they are asked again when an object
 * goes.
 */

/** Index name → function that gives the values under which an object is found. */
export type Indices<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

export class IndexTable<T> {
  readonly #functions: ReadonlyMap<string, (object: T) => readonly string[]>;
  readonly #tables = new Map<string, Map<string, Set<string>>>();

  constructor(indices: Indices<T>) {
    this.#functions = new Map(Object.entries(indices));
    for (const name of this.#functions.keys()) {
      this.#tables.set(name, new Map());
    }
  }

  /** @throws for an index that was never defined: that is a bug, not an empty answer */
  keys(index: string, value: string): ReadonlySet<string> {
    const table = this.#tables.get(index);
    if (table === undefined) {
      throw new Error(`store has no index "${index}"`);
    }
    return table.get(value) ?? new Set();
  }

  add(key: string, object: T): void {
    for (const [table, value] of this.#entries(object)) {
      const keys = table.get(value) ?? new Set();
      keys.add(key);
      table.set(value, keys);
    }
  }

  remove(key: string, object: T): void {
    for (const [table, value] of this.#entries(object)) {
      const keys = table.get(value);
      keys?.delete(key);
      if (keys?.size === 0) {
        table.delete(value);
      }
    }
  }

  *#entries(object: T): Generator<[Map<string, Set<string>>, string]> {
    for (const [name, table] of this.#tables) {
      for (const value of this.#functions.get(name)?.(object) ?? []) {
        yield [table, value];
      }
    }
  }
}
