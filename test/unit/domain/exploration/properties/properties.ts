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

/** The first rule that a step breaks, in words. */
export function violationOf(before: World, step: Step): string | undefined {
  if (step.ofRival === true) return violationOf(swapped(before), inItsEyes(step));
  for (const property of PROPERTIES) {
    const violation = property(before, step);
    if (violation !== undefined) return violation;
  }
  return undefined;
}
