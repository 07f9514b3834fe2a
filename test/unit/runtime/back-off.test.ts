import { describe, expect, it } from '@jest/globals';
import { BackOff } from '../../../src/runtime/back-off.ts';

describe('a back-off', () => {
  it.each([
    ['without luck', 0, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]],
    ['with all of it', 0.999_999, [1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]],
  ])('grows from 0.8 s to 30 s, spread by up to twice: %s', (_, luck, want) => {
    const backOff = new BackOff({ firstMs: 800, longestMs: 30_000, jitter: 1, random: () => luck });

    expect(want.map(() => Math.round(backOff.next()))).toEqual(want);
  });

  it('starts again after a reset', () => {
    const backOff = new BackOff({ firstMs: 10, longestMs: 100 });
    backOff.next();
    backOff.next();
    expect(backOff.failures).toBe(2);

    backOff.reset();

    expect(backOff.next()).toBe(10);
  });
});
