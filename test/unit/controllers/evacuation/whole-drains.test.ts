import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CLUSTERS } from './simulated/random-clusters.ts';
import { WholeDrain } from './simulated/whole-drain.ts';

describe('whole drains of random clusters, by all controllers and the webhook', () => {
  it('end with each VM where drain-plan said it could go, or blocked as it said; limits hold, and no VM is ever down', async () => {
    await fc.assert(
      fc.asyncProperty(CLUSTERS, async (cluster) => {
        const drain = new WholeDrain(cluster);
        await drain.run();
        expect([...drain.violations]).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
