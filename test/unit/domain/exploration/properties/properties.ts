import { inItsEyes, swapped } from '../world/pair.ts';
import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';
import { CREATED_ONCE } from './created-once.ts';
import { DELETION } from './deletion.ts';
import { DISKS } from './disks.ts';
import { ENDINGS } from './endings.ts';
import { FOREIGN_MIGRATIONS } from './foreign-migrations.ts';
import { GATE } from './gate.ts';
import { LEASES } from './leases.ts';
import { LOST_NODES } from './lost-nodes.ts';
import { ONE_OPERATION } from './one-operation.ts';
import { OWNERSHIP } from './ownership.ts';
import type { Property } from './property.ts';
import { RENDERING } from './rendering.ts';
import { RESCUED } from './rescued.ts';
import { UNDISTURBED } from './undisturbed.ts';

/**
 * What must hold whenever anything happens. Rules 6 (what has converged writes nothing) and 7 (killed anywhere, the same
 * end) speak of ends: see converged.ts.
 */
const PROPERTIES: readonly Property[] = [
  ...ONE_OPERATION,
  ...OWNERSHIP,
  ...DELETION,
  ...RENDERING,
  ...RESCUED,
  ...UNDISTURBED,
  ...FOREIGN_MIGRATIONS,
  ...DISKS,
  ...LEASES,
  ...LOST_NODES,
  ...CREATED_ONCE,
  ...GATE,
  ...ENDINGS,
];

/** The names of all rules. */
export const RULES: readonly string[] = PROPERTIES.map(({ name }) => name);

/** How a step breaks a rule, in words, and the names of all rules that it breaks. */
export interface Violation {
  readonly rules: readonly string[];
  readonly what: string;
}

/** Which rules a step breaks, and how it breaks the first of them. */
export function violationOf(before: World, step: Step): Violation | undefined {
  if (step.ofRival === true) return violationOf(swapped(before), inItsEyes(step));
  for (const property of PROPERTIES) {
    const what = property(before, step);
    if (what !== undefined) return { rules: rulesBroken(before, step), what };
  }
  return undefined;
}

function rulesBroken(before: World, step: Step): string[] {
  return PROPERTIES.filter((property) => property(before, step) !== undefined).map(({ name }) => name);
}
