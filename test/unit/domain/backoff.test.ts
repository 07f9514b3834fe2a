import { describe, expect, it } from '@jest/globals';
import { retryAfter } from '../../../src/domain/backoff.ts';
import type { Failure } from '../../../src/domain/outcome.ts';

const BEGUN = '2026-11-23T01:00:00.000Z';

/** The moments at which an order is given that always fails, in seconds after the first. */
function moments(kind: Failure['kind'], until: number): number[] {
  const given = [0];
  for (let now = 0; now <= until; given.push(now)) {
    now += retryAfter({ kind, message: '' }, BEGUN, Date.parse(BEGUN) + now * 1_000) / 1_000;
  }
  return given.slice(0, -1);
}

describe('an order that fails is given again', () => {
  it.each<{ kind: Failure['kind']; want: number[] }>([
    { kind: 'Rejected', want: [0, 5, 10, 20, 40, 80, 160, 320, 620, 920] },
    { kind: 'Unsupported', want: [0, 5, 10, 20, 40, 80, 160, 320, 620, 920] },
    { kind: 'Unavailable', want: [0, 5, 10, 20, 40, 80, 140, 200, 260, 320] },
  ])('ever more rarely where it was $kind', ({ kind, want }) => {
    expect(moments(kind, 1_000).slice(0, want.length)).toEqual(want);
  });

  it('soon where the driver was Busy, however long it takes', () => {
    expect(moments('Busy', 600)).toHaveLength(121);
  });

  it('soon where nobody knows when it began', () => {
    expect(retryAfter({ kind: 'Rejected', message: '' }, undefined, Date.parse(BEGUN))).toBe(5_000);
  });
});
