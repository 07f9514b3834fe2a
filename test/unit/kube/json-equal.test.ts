import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonEqual } from '../../../src/kube/json-equal.ts';

describe('two JSON values', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['the same object in another order', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }, true],
    ['a property that is undefined and one that is absent', { a: 1, b: undefined }, { a: 1 }, true],
    ['the same the other way round', { a: 1 }, { a: 1, b: undefined }, true],
    ['null and absent', { a: null }, {}, false],
    ['a list in another order', [1, 2], [2, 1], false],
    ['a list and a longer one', [1], [1, 2], false],
    ['an empty list and an empty object', [], {}, false],
    ['a number and its text', { a: 1 }, { a: '1' }, false],
    ['nothing and an empty object', undefined, {}, false],
    ['as many properties with other names', { a: 1, b: 1 }, { a: 1, c: 1 }, false],
  ])('%s', (_, a, b, want) => {
    expect(jsonEqual(a, b)).toBe(want);
    expect(jsonEqual(b, a)).toBe(want);
  });

  it('are equal when their sorted texts are', () => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, item: unknown) =>
        typeof item === 'object' && item !== null && !Array.isArray(item)
          ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
          : item,
      );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(jsonEqual(a, JSON.parse(JSON.stringify(a)))).toBe(true);
        expect(jsonEqual(a, b)).toBe(sorted(a) === sorted(b));
      }),
    );
  });
});
