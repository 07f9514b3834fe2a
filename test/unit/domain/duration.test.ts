import { describe, expect, it } from '@jest/globals';
import { milliseconds } from '../../../src/domain/duration.ts';

describe('milliseconds of a duration', () => {
  it.each([
    ['30s', 30_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2h3m4s', 7_384_000],
  ])('%s is %d', (duration, want) => {
    expect(milliseconds(duration)).toBe(want);
  });
});
