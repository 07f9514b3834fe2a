import { foreignMigrationSteps } from './backend/foreign-steps.ts';
import { guestSteps } from './backend/guest-steps.ts';
import { instanceSteps } from './backend/instance-steps.ts';
import { migrationSteps } from './backend/migration-steps.ts';
import type { Limits } from './models.ts';
import type { Brain } from './shell/brain.ts';
import { formerLeaderPasses, instancePasses } from './shell/instance-pass.ts';
import { migrationPasses } from './shell/migration-pass.ts';
import { repeats } from './shell/pass.ts';
import { succeeded } from './shell/succession.ts';
import { userSteps } from './users/users.ts';
import { swapped } from './world/pair.ts';
import { watchSteps, type Step } from './world/step.ts';
import type { World } from './world/world.ts';

/** Everything that may happen next in a world. */
export function stepsFrom(world: World, brain: Brain, limits: Limits): Step[] {
  const own = ownSteps(world, brain, limits);
  return world.rival === undefined ? own : [...own, ...rivalSteps(world, brain, limits)];
}

function rivalSteps(world: World, brain: Brain, limits: Limits): Step[] {
  return ownSteps(swapped(world), brain, limits).map((step) => ({
    ...step,
    name: `${step.name} (the rival)`,
    ofRival: true,
    next: swapped(step.next),
  }));
}

function ownSteps(world: World, brain: Brain, { users, nodes, successor }: Limits): Step[] {
  const steps = [
    ...instancePasses(world, brain),
    ...migrationPasses(world, brain, nodes),
    ...formerLeaderPasses(world, brain),
    ...repeats(world, brain),
    ...watchSteps(world),
    ...guestSteps(world, nodes, brain),
    ...migrationSteps(world, nodes),
    ...foreignMigrationSteps(world, nodes),
    ...instanceSteps(world),
    ...userSteps(world, users),
  ];
  return steps.map((step) => succeeded(world, step, successor));
}
