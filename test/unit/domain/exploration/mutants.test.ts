import { describe, expect, it } from '@jest/globals';
import { RULES_OF_ENDS, type Exploration } from './explore.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { RULES } from './properties/properties.ts';
import { inChild } from './child.ts';

/** A machine that does other things as well needs longer than the few seconds that it takes. Milliseconds. */
const TIMEOUT = 240_000;

/** By each rule that has noticed them. */
const caught = new Map<string, string[]>();

describe.each(Object.entries(MUTANTS))('of %s, the exploration notices when', (rule, mutants) => {
  it.each(mutants)(
    '$name',
    async ({ name, limits, want }) => {
      const { states, wrong } = await inChild<Exploration>({ limits, mutant: name });
      process.stdout.write(`caught after ${states} states (${rule}): ${name}\n`);
      for (const broken of wrong?.rules ?? []) caught.set(broken, [...(caught.get(broken) ?? []), name]);
      expect(wrong?.what).toMatch(want);
      expect(wrong?.trace).not.toHaveLength(0);
    },
    TIMEOUT,
  );
});

describe('each rule', () => {
  it('has noticed a mutant', () => {
    const table = [...caught].map(([name, mutants]) => `${name}: ${mutants.join('; ')}`);
    process.stdout.write(`by rule, the mutants that it has noticed\n${table.join('\n')}\n`);
    expect([...RULES, ...RULES_OF_ENDS].filter((name) => !caught.has(name))).toEqual([]);
  });
});
