/**
 * Whether two values would be the same JSON document, whatever the order of keys. A property that is undefined counts
 * as absent, because JSON leaves it out.
 */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]));
  }
  return isRecord(a) && isRecord(b) && recordsEqual(a, b);
}

function recordsEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const [key, value] of Object.entries(a)) {
    if (!jsonEqual(value, b[key])) {
      return false;
    }
  }
  return Object.entries(b).every(([key, value]) => value === undefined || a[key] !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
