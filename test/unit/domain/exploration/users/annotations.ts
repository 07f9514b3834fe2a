import { chance, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Users say that the VM of the Instance's name is to be taken over, and take it back. */
export function adoptionSteps(world: World): Step[] {
  const { instance } = world;
  if (instance === undefined) return [];
  const { adopts } = instance;
  return [
    chance(`user ${adopts ? 'takes back' : 'sets'} the annotation adopt`, {
      ...world,
      instance: { ...instance, adopts: !adopts },
    }),
  ];
}
