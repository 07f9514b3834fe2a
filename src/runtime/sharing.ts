/**
 * Ten thousand objects in a cache say much the same, and most of what a watch brings is there already. So a new state is made
 * of the parts of the one before that are equal, and of strings and small records that other objects have, too: what
 * was parsed for nothing dies young, and the cache holds each thing once.
 */

type Fields = Record<string, unknown>;

/** A record of more fields is hardly ever met again. */
const MOST_FIELDS = 8;

/** Strings and records without parts that were seen lately, each once. */
export class SeenValues {
  readonly #most: number;
  readonly #strings = new Map<string, string>();
  readonly #records = new Map<string, Fields>();

  /** @param most of each that are remembered; what is in every object is soon back after all were forgotten */
  constructor(most = 2_000) {
    this.#most = most;
  }

  /** The same string as was given for an equal one lately. */
  string(text: string): string {
    return remembered(this.#strings, text, text, this.#most);
  }

  /** The same record as was given for an equal one lately; one with parts is given back as it is. */
  record(fields: Fields): Fields {
    const key = keyOf(fields);
    if (key === undefined) return fields;
    const known = remembered(this.#records, key, fields, this.#most);
    return isEqual(known, fields) ? known : fields;
  }
}

function remembered<T>(values: Map<string, T>, key: string, value: T, most: number): T {
  const known = values.get(key);
  if (known !== undefined) return known;
  if (values.size >= most) values.clear();
  values.set(key, value);
  return value;
}

/** Equal records have equal ones; undefined: it has parts, or too many fields. */
function keyOf(fields: Fields): string | undefined {
  const names = Object.keys(fields);
  if (names.length > MOST_FIELDS) return undefined;
  let key = '';
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'object' && value !== null) return undefined;
    key += `${name}\n${String(value)}\n`;
  }
  return key;
}

function isEqual(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && a[name] === b[name]);
}

/**
 * A value that equals `next`, made of as much of `previous` as is equal. `next` is given away: its parts may be replaced.
 * Both are JSON, without cycles.
 */
export function shared<T>(next: T, previous: unknown, seen: SeenValues): T;
export function shared(next: unknown, previous: unknown, seen: SeenValues): unknown {
  if (typeof next === 'string') return next === previous ? previous : seen.string(next);
  if (Array.isArray(next)) return sharedList(next, previous, seen);
  return isFields(next) ? sharedFields(next, previous, seen) : next;
}

function sharedList(next: unknown[], previous: unknown, seen: SeenValues): unknown[] {
  const before: readonly unknown[] = Array.isArray(previous) ? previous : [];
  next.forEach((item, index) => (next[index] = shared(item, before[index], seen)));
  const isSame = Array.isArray(previous) && before.length === next.length;
  return isSame && next.every((item, index) => item === before[index]) ? previous : next;
}

function sharedFields(next: Fields, previous: unknown, seen: SeenValues): Fields {
  const before = isFields(previous) ? previous : undefined;
  for (const [name, value] of Object.entries(next)) {
    if (typeof value === 'object' || typeof value === 'string')
      next[name] = shared(value, before?.[name], seen);
  }
  return before !== undefined && isEqual(before, next) ? before : seen.record(next);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
