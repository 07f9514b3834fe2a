import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAtLeast, parseVersion, type Version } from '../../../../src/domain/node/version.ts';

function parsed(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`${text} is no version`);
  return version;
}

describe('parseVersion', () => {
  it.each([
    '',
    'latest',
    'devel',
    'v1.6',
    '1',
    'sha256:0123',
    'v1.6.0 ',
    'v1.6.0_1',
    'v-1.6.0',
    'vv1.6.0',
    'v1.x.0',
  ])('does not take %j for a version', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('isAtLeast', () => {
  it.each([
    { version: 'v1.6.0', minimum: 'v1.6.0', want: true, because: 'it is the minimum' },
    { version: '1.6.0', minimum: 'v1.6.0', want: true, because: 'the v means nothing' },
    { version: 'v1.5.9', minimum: 'v1.6.0', want: false, because: 'a minor version is older' },
    { version: 'v1.10.0', minimum: 'v1.6.0', want: true, because: 'numbers are no texts' },
    { version: 'v0.59.0', minimum: 'v1.6.0', want: false, because: 'a major version is older' },
    { version: 'v1.6.1', minimum: 'v1.6.2', want: false, because: 'a patch is missing' },
    { version: 'v1.6.0-alpha.0', minimum: 'v1.6.0', want: false, because: 'an alpha comes before' },
    { version: 'v1.6.0-rc.1', minimum: 'v1.6.0', want: false, because: 'a candidate comes before' },
    {
      version: 'v1.6.0-beta.0.123+0123abcd',
      minimum: 'v1.6.0',
      want: false,
      because: 'so does a build after a beta',
    },
    { version: 'v1.6.0-rc.1', minimum: 'v1.6.0-rc.0', want: true, because: 'candidates are counted' },
    { version: 'v1.6.0-rc.10', minimum: 'v1.6.0-rc.9', want: true, because: 'as numbers' },
    { version: 'v1.6.0-rc.0', minimum: 'v1.6.0-rc.1', want: false, because: 'the earlier candidate' },
    { version: 'v1.6.0-rc.9', minimum: 'v1.6.0-rc.10', want: false, because: 'as numbers, too' },
    { version: 'v1.6.0-alpha.2', minimum: 'v1.6.0-beta.1', want: false, because: 'alpha comes before beta' },
    { version: 'v1.6.0-rc.x', minimum: 'v1.6.0-rc.1', want: true, because: 'words come after numbers' },
    { version: 'v1.6.0-rc.1', minimum: 'v1.6.0-rc.x', want: false, because: 'numbers come before words' },
    { version: 'v1.6.0-rc.1.2', minimum: 'v1.6.0-rc.1', want: true, because: 'the longer one comes after' },
    { version: 'v1.6.0-beta.1', minimum: 'v1.6.0-alpha.2', want: true, because: 'beta comes after alpha' },
    {
      version: 'v1.6.0-rc',
      minimum: 'v1.6.0-rc.0',
      want: false,
      because: 'a beginning comes before the longer one',
    },
    { version: 'v1.6.0', minimum: 'v1.6.0-rc.1', want: true, because: 'the release comes after' },
    { version: 'v1.9.0-dirty', minimum: 'v1.6.0', want: true, because: 'a build of a tree that is later' },
    {
      version: 'v1.6.0-dirty',
      minimum: 'v1.6.0',
      want: true,
      because: 'a build of the release and what was changed',
    },
    {
      version: 'v1.6.0-12-g0123abc',
      minimum: 'v1.6.0',
      want: true,
      because: 'twelve commits after the release',
    },
    {
      version: '1.6.0-150600.5.3',
      minimum: 'v1.6.0',
      want: true,
      because: "a distributor's build of the release",
    },
    { version: 'v1.6.0+build.7', minimum: 'v1.6.0', want: true, because: 'build metadata means nothing' },
  ])('$version against $minimum: $want, $because', ({ version, minimum, want }) => {
    expect(isAtLeast(parsed(version), parsed(minimum))).toBe(want);
  });

  it('is an order: of two versions one is at least the other, and both only where they compare equal', () => {
    const text = fc
      .tuple(
        fc.nat(2),
        fc.nat(2),
        fc.nat(2),
        fc.constantFrom('', '-alpha.0', '-alpha.1', '-alpha', '-rc.0', '-dirty'),
      )
      .map(([major, minor, patch, suffix]) => `v${major}.${minor}.${patch}${suffix}`);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const [x, y, z] = [parsed(a), parsed(b), parsed(c)];
        expect(isAtLeast(x, y) || isAtLeast(y, x)).toBe(true);
        expect(isAtLeast(x, z) || !isAtLeast(x, y) || !isAtLeast(y, z)).toBe(true);
      }),
    );
  });
});
