import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, fingerprint } from '../../../src/domain/fingerprint.ts';

/** The same value with the keys of each object in the other order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, reversed(field)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('canonical JSON', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('takes an absent field and an undefined one for the same', () => {
    expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});

describe('a fingerprint', () => {
  it('has sixteen hexadecimal digits, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprint(value)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprint(reversed(value))).toBe(fingerprint(value));
      }),
    );
  });

  it('differs where the values differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(fingerprint(a) === fingerprint(b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it('differs for texts that differ in one character, in both halves', () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `vm-${index}`);
    const prints = texts.map(fingerprint);
    for (const half of [0, 8]) {
      const distinct = new Set(prints.map((print) => print.slice(half, half + 8)));
      // Of 20,000 random numbers of 32 bits some 0.05 meet; a weak hash loses hundreds.
      expect(distinct.size).toBeGreaterThan(texts.length - 5);
    }
  });

  it('stays as it is: stored hashes must mean the same after an upgrade', () => {
    expect(fingerprint({ mode: 'Normal', cores: 2 })).toBe('d50fa46b43efd18a');
    expect(fingerprint('')).toBe('da43f5198dd20930');
  });
});
