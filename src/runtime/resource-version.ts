/**
 * Order of resourceVersions. They are decimal integers that only grow (comparable by contract since Kubernetes 1.35),
 * so of two states of one object the newer one can be told, whichever way they came. What is no integer (objects made by
 * hand in tests, odd aggregated servers) compares as unknown, and unknown is never called older.
 */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  const [a, b] = [parse(version), parse(than)];
  return a !== undefined && b !== undefined && a < b;
}

/** Whether `version` can tell something that `than` did not; what has no version tells nothing beside what has one. */
export function isNewer(version: string | undefined, than: string | undefined): boolean {
  return parse(than) === undefined || isOlder(than, version);
}

function parse(version: string | undefined): bigint | undefined {
  return version !== undefined && /^\d+$/.test(version) ? BigInt(version) : undefined;
}
