import { describe, expect, it } from '@jest/globals';
import type { Exploration } from './explore.ts';
import { MODELS } from './models.ts';
import { inChild } from './child.ts';

/** A machine that does other things as well needs longer than the few seconds that it takes. Milliseconds. */
const TIMEOUT = 240_000;

describe('every history of an Instance and its live migrations keeps the rules, and ends as asked, without a write', () => {
  // They take longer than all other explorations: one at a time would leave processors idle in the end.
  it.concurrent.each(MODELS)(
    '$name',
    async ({ name, limits, least }) => {
      const { states, steps, milliseconds, wrong } = await inChild<Exploration>({ limits });
      process.stdout.write(`explored ${states} states and ${steps} steps in ${milliseconds} ms: ${name}\n`);
      expect(wrong).toBeUndefined();
      // Far fewer would mean that the model has lost a part of its world.
      expect(states).toBeGreaterThan(least);
    },
    TIMEOUT,
  );
});
