/** Differences between two states of an object, as a recording shows them: path → new value, null for removed. */
export function difference(before: unknown, after: unknown, path = ''): Record<string, unknown> {
  if (isObject(before) && isObject(after)) {
    return keyed(before, after, (key) => (path === '' ? key : `${path}.${key}`));
  }
  const left = named(before);
  const right = named(after);
  if (left !== undefined && right !== undefined) {
    return keyed(left, right, (key) => path + key);
  }
  if (JSON.stringify(before) === JSON.stringify(after)) {
    return {};
  }
  return { [path]: after ?? null };
}

function keyed(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  pathOf: (key: string) => string,
): Record<string, unknown> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.assign(
    {},
    ...[...keys].map((key) => difference(before[key], after[key], pathOf(key))),
  ) as Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list whose entries have a type, a phase or a name, as a map: `[type=Ready]` → entry. */
function named(value: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) {
    return undefined;
  }
  const key = ['type', 'phase', 'name'].find((candidate) =>
    value.every((entry) => typeof entry[candidate] === 'string'),
  );
  return key === undefined
    ? undefined
    : Object.fromEntries(value.map((entry) => [`[${key}=${String(entry[key])}]`, entry]));
}

/** All leaves of a value below a path. Nulls and empty lists are none: JSON has them where Go has a zero value. */
export function leaves(value: unknown, path: string): [string, unknown][] {
  const list = named(value);
  if (list !== undefined) {
    return Object.entries(list).flatMap(([key, entry]) => leaves(entry, path + key));
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, entry]) =>
      leaves(entry, path === '' ? key : `${path}.${key}`),
    );
  }
  const empty = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  return empty ? [] : [[path, value]];
}
