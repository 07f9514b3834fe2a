/** JSON with its keys in order, so that equal values have equal texts; absent and `undefined` are the same. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/**
 * Short name of a value: 16 hexadecimal digits. It tells whether two specs are the same, as a Deployment's
 * pod-template-hash does; it is no defence against somebody who wants a collision.
 */
export function fingerprint(value: unknown): string {
  const text = canonicalJson(value);
  return hash32(text, 0x811c9dc5) + hash32(text, 0x9747b28c);
}

/** FNV-1a with a final mix (from MurmurHash3), since FNV alone leaves the last characters in the low bits. */
function hash32(text: string, seed: number): string {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
