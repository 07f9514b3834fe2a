/**
 * Order of resourceVersions. They are decimal integers that only grow (comparable by contract since Kubernetes 1.35),
 * so of two states of one object the newer one can be told, whichever way they came. What is no integer (objects made by
 * hand in tests, odd aggregated servers) compares as unknown, and unknown is never called older.
 */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  const [a, b] = [parse(version), parse(than)];
  return a !== undefined && b !== undefined && a < b;
}

/** Neither newer nor unknown: `version` tells nothing that the state at `than` did not tell. */
export function isNotNewer(version: string | undefined, than: string | undefined): boolean {
  const [a, b] = [parse(version), parse(than)];
  return a !== undefined && b !== undefined && a <= b;
}

function parse(version: string | undefined): bigint | undefined {
  return version !== undefined && /^\d+$/.test(version) ? BigInt(version) : undefined;
}
