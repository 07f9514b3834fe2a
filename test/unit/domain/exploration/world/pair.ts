import { INSTANCE_UID } from '../../../../builders/vm.ts';
import { CREATED, START } from './specs.ts';
import type { Step } from './step.ts';
import type { World } from './world.ts';

/** uid of the Instance that shares the disk; it decides who gives way where all else is equal. */
const RIVAL_UID = `f${INSTANCE_UID.slice(1)}`;

/** Two Instances were created that would write to one disk. */
export const PAIR: World = {
  ...START,
  rival: rivalOf({ ...START, instance: { ...CREATED, uid: RIVAL_UID } }),
};

/** The world as the other one of two Instances has it. */
export function swapped(world: World): World {
  const { rival, faults, clock } = world;
  if (rival === undefined) throw new Error('there is no other Instance');
  return { ...rival, faults, clock, rival: rivalOf(world) };
}

/** A step of the other Instance, as that one has it. */
export function inItsEyes({ ofRival: _, ...step }: Step): Step {
  return { ...step, next: swapped(step.next) };
}

/** What is one for both is in the outer world. */
function rivalOf(world: World): World {
  return { ...world, faults: 0, clock: 0, rival: undefined };
}
