import { progress, type Step } from '../world/step.ts';
import { isOwn, type World } from '../world/world.ts';

/** Garbage collection of an Instance that is deleted in the foreground. */
export function instanceSteps(world: World): Step[] {
  const { instance, vm } = world;
  if (instance?.deleting !== true || (isOwn(world) && vm?.policy === 'Delete')) return [];
  return [progress('the Instance is gone', { ...world, instance: undefined })];
}
