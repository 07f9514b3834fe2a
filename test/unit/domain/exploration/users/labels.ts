import { chance, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Of one node only: it is the source of some migrations, and the destination of others. */
export function labelSteps(world: World): Step[] {
  return world.incapable.length === 0
    ? [chance('admin unlabels node-b', { ...world, incapable: ['node-b'] })]
    : [chance('admin labels node-b', { ...world, incapable: [] })];
}
