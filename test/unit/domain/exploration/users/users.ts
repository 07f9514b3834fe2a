import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';
import { deletionSteps } from './deletion.ts';
import { foreignVmSteps } from './foreign-vm.ts';
import { labelSteps } from './labels.ts';
import { leaderSteps } from './leader.ts';
import { migrationEdits } from './live-migrations.ts';
import { editSteps, powerSteps, rescueSteps } from './spec-edits.ts';

/** What people do, with all webhooks down: one list of steps for each concern. */
const USERS = {
  rescue: rescueSteps,
  power: powerSteps,
  /** They edit the hardware. */
  edit: editSteps,
  /** They create, abort and delete LiveMigrations, one at a time. */
  migrate: (world: World) => migrationEdits(world, 1),
  /** The same, and two may be there. */
  race: (world: World) => migrationEdits(world, 2),
  labels: labelSteps,
  deletion: deletionSteps,
  foreignVm: foreignVmSteps,
  leader: leaderSteps,
} satisfies Record<string, (world: World) => Step[]>;

export type User = keyof typeof USERS;

export function userSteps(world: World, users: readonly User[]): Step[] {
  return users.flatMap((user) => USERS[user](world));
}
