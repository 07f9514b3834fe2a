import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CLUSTERS, drainRandomly } from './random-drain.ts';

describe('random clusters that are drained', () => {
  it('keep the limits, and end with each VM where the plan said it could go, or blocked as it said', () => {
    fc.assert(
      fc.property(CLUSTERS, (cluster) => {
        expect(drainRandomly(cluster)).toEqual([]);
      }),
    );
  });
});
