import { chance, type Step } from './step.ts';
import type { World } from './world.ts';

/** What users do in an exploration, beside creating, aborting and deleting LiveMigrations. */
export interface Users {
  readonly rescue: boolean;
  readonly changePower: boolean;
  readonly changeLabels: boolean;
}

/** Everything that users may do, with all webhooks down. */
export function userSteps(world: World, users: Users): Step[] {
  return [
    ...migrationEdits(world),
    ...(users.rescue ? [rescue(world)] : []),
    ...(users.changePower ? [power(world)] : []),
    ...(users.changeLabels ? [labels(world)] : []),
  ];
}

function rescue(world: World): Step {
  const asked = world.spec.rescue;
  return chance(asked ? 'user unrescues' : 'user rescues', {
    ...world,
    spec: { ...world.spec, rescue: !asked },
  });
}

function power(world: World): Step {
  const powerState = world.spec.powerState === 'Running' ? 'Stopped' : 'Running';
  return chance(`user sets powerState ${powerState}`, { ...world, spec: { ...world.spec, powerState } });
}

function migrationEdits(world: World): Step[] {
  const { liveMigration } = world;
  if (liveMigration === undefined) {
    const created = { uid: unusedUid(world), abort: false, status: undefined };
    return [chance('user creates the LiveMigration', { ...world, liveMigration: created })];
  }
  const deleted = chance('user deletes the LiveMigration', { ...world, liveMigration: undefined });
  if (liveMigration.abort) return [deleted];
  const aborted = { ...liveMigration, abort: true };
  return [deleted, chance('user aborts the LiveMigration', { ...world, liveMigration: aborted })];
}

/** A uid that nobody remembers; three are enough, since two places remember one. */
function unusedUid({ status, migration }: World): string {
  const used = [status?.operation?.uid, migration?.uid];
  return ['lm-1', 'lm-2', 'lm-3'].find((uid) => !used.includes(uid)) ?? '';
}

/** Of one node only: it is the source of some migrations, and the destination of the others. */
function labels(world: World): Step {
  return world.incapable === undefined
    ? chance('admin unlabels node-b', { ...world, incapable: 'node-b' })
    : chance('admin labels node-b', { ...world, incapable: undefined });
}
