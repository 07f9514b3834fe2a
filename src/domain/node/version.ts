/** A version of a hypervisor. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Identifiers of a version that comes before the release; empty: the release itself, or a build after it. */
  readonly preRelease: readonly string[];
}

const FORM =
  /^v?(?<major>\d{1,9})\.(?<minor>\d{1,9})\.(?<patch>\d{1,9})(?:-(?<suffix>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const BEFORE_RELEASE = /^(alpha|beta|rc)/i;

/**
 * Reads a version; `undefined`: it is none. What follows the hyphen comes before the release only where it says so
 * (alpha, beta, rc): `v1.6.0-dirty`, `v1.6.0-12-g0123abc` and a distributor's `1.6.0-150600.5` are builds of the release
 * and what was added to it, which semver would put before it.
 */
export function parseVersion(text: string): Version | undefined {
  const groups = FORM.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { major, minor, patch, suffix = '' } = groups;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    preRelease: BEFORE_RELEASE.test(suffix) ? suffix.split(/[.-]/) : [],
  };
}

/** Whether a version is the other, or later. */
export function isAtLeast(version: Version, minimum: Version): boolean {
  return compare(version, minimum) >= 0;
}

function compare(a: Version, b: Version): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.patch - b.patch ||
    comparePreReleases(a.preRelease, b.preRelease)
  );
}

/** By semver: a release is later than what comes before it, a longer list later than its beginning. */
function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  const index = a.findIndex((identifier, at) => identifier !== b[at]);
  if (index === -1) return a.length - b.length;
  const [left, right] = [a[index] ?? '', b[index]];
  return right === undefined ? 1 : compareIdentifiers(left, right);
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (/^\d+$/.test(text) ? Number(text) : undefined));
  if (left !== undefined && right !== undefined) return left - right;
  if (left === undefined && right === undefined) return a < b ? -1 : 1;
  return left === undefined ? 1 : -1;
}
