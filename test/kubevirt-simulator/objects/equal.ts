import { isDeepStrictEqual } from 'node:util';

/**
 * Go's equality.Semantic.DeepEqual on what was marshalled with `omitempty`: absent, null, {} and [] are one and the
 * same, and the order of keys means nothing.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(a), withoutEmpty(b));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map(withoutEmpty);
  }
  if (typeof value !== 'object' || value === null) {
    return value ?? undefined;
  }
  const entries = Object.entries(value)
    .map(([key, entry]) => [key, withoutEmpty(entry)] as const)
    .filter(([, entry]) => entry !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** For a JSON patch's `test`: what is absent is tested as null, as Go marshals a nil. */
export function orNull(value: unknown): unknown {
  return value ?? null;
}
