import { chance, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** So that a lease that was begun late is not over at the end. */
const LAST = 2;

/** The time moves on, as far as the next lease ends. */
export function timeSteps(world: World): Step[] {
  const { clock } = world;
  return clock === LAST ? [] : [chance('four hours pass', { ...world, clock: clock + 1 })];
}
