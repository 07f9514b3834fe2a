import { describe, expect, it } from '@jest/globals';
import { inChild } from '../../../support/child.ts';
import { MUTANTS } from './mutants.ts';
import type { Played, Sequences } from './sequences.ts';

/** A machine that does other things as well needs longer than the minute that it takes. Milliseconds. */
const TIMEOUT = 600_000;

const TASK = new URL('./task.ts', import.meta.url);

function setting(name: string, otherwise: number): number {
  return Number(process.env[`MEDEVAC_RANDOM_${name}`] ?? otherwise);
}

describe('whatever users, admins and accidents do, in any order', () => {
  it(
    'keeps the rules at every step, and ends as asked, without a write',
    async () => {
      const asked: Sequences = { seed: setting('SEED', 1), runs: setting('RUNS', 2_000), length: 25 };
      const { sequences, milliseconds, wrong } = await inChild<Played>(TASK, asked);
      process.stdout.write(`played ${sequences} sequences in ${milliseconds} ms, seed ${asked.seed}\n`);
      expect(wrong).toBeUndefined();
      expect(sequences).toBe(asked.runs);
    },
    TIMEOUT,
  );

  it.each(Object.entries(MUTANTS))(
    'is noticed when %s',
    async (mutant, { want }) => {
      const { sequences, wrong } = await inChild<Played>(TASK, { seed: 1, runs: 500, length: 25, mutant });
      process.stdout.write(`caught after ${sequences} sequences: ${mutant}\n`);
      expect(wrong).toMatch(want);
    },
    TIMEOUT,
  );
});
