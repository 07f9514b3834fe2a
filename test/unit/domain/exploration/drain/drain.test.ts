import { describe, expect, it } from '@jest/globals';
import { planEvacuation, type Evacuee } from '../../../../../src/domain/evacuation/plan.ts';
import { DRAIN_RULES, END_RULE } from './drain-rules.ts';
import type { Planner } from './drain-steps.ts';
import { drainOf } from './drain-world.ts';
import { exploreDrain } from './explore-drain.ts';

/** Of no concern where the backend chooses. */
const TO_A_NODE = 'no more are sent to a node than its limit';
const UNLIMITED = { perSource: 9, perCluster: 9, perDestination: 9 };
/** Milliseconds. */
const TIMEOUT = 120_000;

function seeing(change: (evacuee: Evacuee) => Partial<Evacuee>): Planner {
  return (evacuees, flights, limits, now) =>
    planEvacuation(
      evacuees.map((one) => ({ ...one, ...change(one) })),
      flights,
      limits,
      now,
    );
}

/** By the rule that must notice it. */
const MUTANTS: Readonly<Record<string, Planner>> = {
  'no more leave the node than its limit': (evacuees, flights, limits, now) =>
    planEvacuation(evacuees, flights, { ...UNLIMITED, perDestination: limits.perDestination }, now),
  [TO_A_NODE]: (evacuees, flights, limits, now) =>
    planEvacuation(evacuees, flights, { ...limits, perDestination: 9 }, now),
  'nothing is started from a node that is not cordoned': seeing(() => ({ cordoned: true })),
  'nothing is started when the drain asks no more': seeing(() => ({ requestedAt: undefined })),
  'nothing is started again that somebody has cancelled': seeing(() => ({ cancelledAt: undefined })),
  'nothing is tried again at once': seeing(({ past }) => ({ past: { ...past, failed: 0 } })),
  'nothing is started that has nowhere to go': seeing(({ prospect }) => ({
    prospect: { blocked: undefined, candidates: prospect.candidates },
  })),
  [END_RULE]: (evacuees, ...rest) =>
    planEvacuation(
      evacuees.filter(({ past }) => past.failed === 0),
      ...rest,
    ),
};

describe.each(['Backend', 'Order'] as const)(
  'every history of a drain whose destinations are named by the %s',
  (by) => {
    it(
      'keeps the rules, and ends with those gone that can go',
      () => {
        const { states, broken } = exploreDrain(drainOf(by), planEvacuation);
        process.stdout.write(`explored ${states} states of a drain (${by})\n`);
        expect([...broken]).toEqual([]);
        // Far fewer would mean that the model has lost a part of its world.
        expect(states).toBeGreaterThan(5_000);
      },
      TIMEOUT,
    );
  },
);

describe('a planner that breaks a rule is noticed by it', () => {
  it.each([...Object.keys(DRAIN_RULES), END_RULE])(
    '%s',
    (rule) => {
      const mutant = MUTANTS[rule];
      expect(mutant).toBeDefined();
      const by = rule === TO_A_NODE ? 'Order' : 'Backend';
      const { states, broken } = exploreDrain(drainOf(by), mutant ?? planEvacuation, rule);
      process.stdout.write(`caught after ${states} states: ${rule}\n`);
      expect([...broken]).toContain(rule);
    },
    TIMEOUT,
  );
});
