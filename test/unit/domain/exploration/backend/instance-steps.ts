import { progress, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Garbage collection of an Instance that is deleted in the foreground. */
export function instanceSteps(world: World): Step[] {
  const { instance, vm } = world;
  if (instance?.deleting !== true || vm?.owner === 'Ours') return [];
  return [progress('the Instance is gone', { ...world, instance: undefined })];
}
