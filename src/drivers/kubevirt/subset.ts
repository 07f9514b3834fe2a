/**
 * Paths of the fields of `wanted` that are not in `stored`; what is in `stored` alone is somebody's default. KubeVirt
 * reads what it is given into Go's types and writes it out again: what is empty is left out, and a quantity may be said
 * in other units.
 */
export function missingFrom(wanted: unknown, stored: unknown, path: string): string[] {
  if (wanted === undefined || isSame(wanted, stored)) return [];
  if (Array.isArray(wanted)) return missingItems(wanted, stored, path);
  if (!isRecord(wanted) || !isRecord(stored)) return [path];
  return Object.entries(wanted).flatMap(([field, value]) =>
    missingFrom(value, stored[field], pathOf(path, field)),
  );
}

/** The order of a list is the guest's order of disks: an item more or less moves all behind it. */
function missingItems(wanted: readonly unknown[], stored: unknown, path: string): string[] {
  if (!Array.isArray(stored) || stored.length !== wanted.length) return [path];
  return wanted.flatMap((item, index) => missingFrom(item, stored[index], `${path}[${index}]`));
}

function isSame(wanted: unknown, stored: unknown): boolean {
  if (wanted === stored) return true;
  if (stored === undefined || stored === null) return isEmpty(wanted);
  const size = bytesOf(wanted);
  return size !== undefined && size === bytesOf(stored);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Of a quantity; `undefined`: it is none. */
function bytesOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, amount, unit = ''] =
    /^([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(String(value)) ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 1);
}

/** As in a jsonpath; names of annotations have dots. */
function pathOf(path: string, field: string): string {
  return /^[A-Za-z0-9_-]+$/.test(field) ? `${path}.${field}` : `${path}["${field}"]`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
