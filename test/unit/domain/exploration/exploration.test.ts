import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Exploration, Limits } from './explore.ts';
import { MUTANTS } from './mutants.ts';
import type { Task } from './worker.ts';

/** A machine that does other things as well needs longer than the few seconds that it takes. Milliseconds. */
const TIMEOUT = 120_000;

/** In a thread of its own: in Jest's context, where each use of a global is slow, it takes five times as long. */
async function explored(task: Task): Promise<Exploration> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
  const [exploration] = (await once(worker, 'message')) as [Exploration];
  return exploration;
}

describe('every history of one Instance and its live migrations', () => {
  it.concurrent.each<{ name: string; limits: Limits }>([
    {
      name: 'users who change everything, and nothing breaks',
      limits: { faults: 0, rescue: true, changePower: true, changeLabels: true },
    },
    {
      name: 'users who rescue and migrate, and one crash, lost answer or accident at any point',
      limits: { faults: 1, rescue: true, changePower: false, changeLabels: false },
    },
  ])(
    'keeps the rules, and ends where all is as asked and nothing is written: $name',
    async ({ name, limits }) => {
      const { states, steps, wrong } = await explored({ limits });
      process.stdout.write(`explored ${states} states and ${steps} steps: ${name}\n`);
      expect(wrong).toBeUndefined();
      // Far fewer would mean that the model has lost a part of its world.
      expect(states).toBeGreaterThan(20_000);
    },
    TIMEOUT,
  );
});

describe('the exploration notices when', () => {
  it.each(MUTANTS)(
    '$name',
    async ({ name, limits, want }) => {
      const { wrong } = await explored({ limits, mutant: name });
      expect(wrong?.what).toMatch(want);
      expect(wrong?.trace).not.toHaveLength(0);
    },
    TIMEOUT,
  );
});
