import { REAL, type Brain } from '../shell/brain.ts';
import { CREATED_ONCE } from './created-once.ts';
import { DELETION } from './deletion.ts';
import { DISKS } from './disks.ts';
import { ENDS } from './ends.ts';
import { FOREIGN_MIGRATIONS } from './foreign-migrations.ts';
import { GATE_AND_ENDINGS } from './gate-and-endings.ts';
import { LEASES } from './leases.ts';
import { LOST_ANSWERS } from './lost-answers.ts';
import { LOST_NODES } from './lost-nodes.ts';
import type { Mutant } from './mutant.ts';
import { ONE_OPERATION } from './one-operation.ts';
import { OWNERSHIP } from './ownership.ts';
import { RENDERING } from './rendering.ts';
import { RESCUED } from './rescued.ts';
import { ADOPTION, RETENTION } from './taking-over.ts';
import { UNDISTURBED } from './undisturbed.ts';

/** By the rule that they break (product rules 1 to 9, and what else the decisions promise). */
export const MUTANTS: Readonly<Record<string, readonly Mutant[]>> = {
  'rule 1, rendering is pure': RENDERING,
  'rule 2, rescue state and node change only as asked': RESCUED,
  'rule 3, one operation at a time': ONE_OPERATION,
  'rule 3, migrations that others make': FOREIGN_MIGRATIONS,
  'rule 4, nothing is stopped or restarted unasked': UNDISTURBED,
  'rule 4, a node that is lost': LOST_NODES,
  'rule 5, nothing is created twice': CREATED_ONCE,
  ...ENDS,
  'rule 8, what happens behind our back': OWNERSHIP,
  'rule 8, a VM that is to be taken over': ADOPTION,
  'rule 8, two Instances on one disk': DISKS,
  'rule 9, deletion': DELETION,
  'rule 9, a VM that is retained': RETENTION,
  'the lease of a rescue': LEASES,
  'the gate, and what a migration says at its end': GATE_AND_ENDINGS,
  'answers that are lost': LOST_ANSWERS,
};

/** The functions of the domain, or a mutant of them. */
export function brainOf(mutant: string | undefined): Brain {
  const found = Object.values(MUTANTS)
    .flat()
    .find(({ name }) => name === mutant);
  return { ...REAL, ...found?.mutate(REAL) };
}
