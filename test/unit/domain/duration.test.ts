import { describe, expect, it } from '@jest/globals';
import { milliseconds, secondsSince } from '../../../src/domain/duration.ts';

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

describe('seconds since an instant', () => {
  it.each([
    ['2026-01-01T00:00:00Z', 0],
    ['2025-12-31T23:59:58.001Z', 1],
    ['2025-12-31T23:00:00Z', 3_600],
    ['2026-01-01T00:00:09Z', 0],
  ])('%s is %d s ago at the turn of the year', (instant, want) => {
    expect(secondsSince(instant, Date.parse('2026-01-01T00:00:00Z'))).toBe(want);
  });
});
