import type { Step } from '../world/step.ts';
import { isActive, type NodeName, type World } from '../world/world.ts';
import { migrationSteps } from './migration-steps.ts';

/** The backend carries out what others ask of it as it does what we ask. */
export function foreignMigrationSteps(world: World, nodes: readonly NodeName[]): Step[] {
  const { migration, foreign, ...others } = world;
  // What is over is kept for longer than anybody takes to see the end of ours.
  if (foreign === undefined || (!isActive(foreign) && migration !== undefined)) return [];
  return migrationSteps({ ...others, migration: foreign, foreign: undefined }, nodes).map((step) => ({
    ...step,
    name: `${step.name} (somebody else's)`,
    next: { ...step.next, migration, foreign: step.next.migration },
  }));
}
