import { describe, expect, it } from '@jest/globals';
import { limits } from './models.ts';
import { inChild } from './child.ts';
import type { Walked } from './walk.ts';

/** Milliseconds. */
const TIMEOUT = 120_000;

const LARGE = limits({
  users: ['rescue', 'power', 'edit', 'race', 'labels', 'leader'],
  slow: ['instance', 'liveMigrations', 'vm', 'guest', 'migration', 'incapable'],
  faults: 3,
  nodes: ['node-a', 'node-b', 'node-c'],
});

describe('random walks through three nodes, racing LiveMigrations, late caches and several accidents', () => {
  it(
    'keep the rules and come to rest',
    async () => {
      const seed = Number(process.env['MEDEVAC_RANDOM_SEED'] ?? 1);
      const walks = { seed, runs: 300, length: 120 };
      const { steps, wrong } = await inChild<Walked>({ limits: LARGE, walks });
      process.stdout.write(`walked ${steps} steps in ${walks.runs} walks, seed ${seed}\n`);
      expect(wrong).toBeUndefined();
    },
    TIMEOUT,
  );
});
