import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';
import { adoptionSteps } from './annotations.ts';
import { deletionSteps } from './deletion.ts';
import { foreignMigrationSteps } from './foreign-migrations.ts';
import { foreignVmSteps } from './foreign-vm.ts';
import { labelSteps } from './labels.ts';
import { leaderSteps } from './leader.ts';
import { migrationEdits, moves } from './live-migrations.ts';
import { nodeSteps } from './nodes.ts';
import { recreationSteps } from './recreation.ts';
import {
  editSteps,
  extensionSteps,
  imageSteps,
  leaseSteps,
  policySteps,
  powerSteps,
  rescueSteps,
  shortRescueSteps,
} from './spec-edits.ts';
import { timeSteps } from './time.ts';

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
  move: moves,
  labels: labelSteps,
  deletion: deletionSteps,
  foreignVm: foreignVmSteps,
  leader: leaderSteps,
  /** They rescue with leases of all kinds. */
  lease: leaseSteps,
  shortRescue: shortRescueSteps,
  extension: extensionSteps,
  /** They rescue from another image. */
  image: imageSteps,
  policy: policySteps,
  time: timeSteps,
  nodes: nodeSteps,
  foreignMigration: foreignMigrationSteps,
  adoption: adoptionSteps,
  recreation: recreationSteps,
} satisfies Record<string, (world: World) => Step[]>;

export type User = keyof typeof USERS;

export function userSteps(world: World, users: readonly User[]): Step[] {
  return users.flatMap((user) => USERS[user](world));
}
