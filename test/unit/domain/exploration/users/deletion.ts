import { chance, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Users delete the Instance, in the background (it is gone at once) or in the foreground. */
export function deletionSteps(world: World): Step[] {
  const { instance } = world;
  if (instance === undefined || instance.deleting) return [];
  return [
    chance('user deletes the Instance', { ...world, instance: undefined }),
    chance('user deletes the Instance in the foreground', {
      ...world,
      instance: { ...instance, deleting: true },
    }),
  ];
}
