import { describe, expect, it } from '@jest/globals';
import type { Exploration } from './explore.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { inThread } from './thread.ts';

/** A machine that does other things as well needs longer than the few seconds that it takes. Milliseconds. */
const TIMEOUT = 240_000;

describe.each(Object.entries(MUTANTS))('of %s, the exploration notices when', (rule, mutants) => {
  it.each(mutants)(
    '$name',
    async ({ name, limits, want }) => {
      const { states, wrong } = await inThread<Exploration>({ limits, mutant: name });
      process.stdout.write(`caught after ${states} states (${rule}): ${name}\n`);
      expect(wrong?.what).toMatch(want);
      expect(wrong?.trace).not.toHaveLength(0);
    },
    TIMEOUT,
  );
});
