import { chance, type Step } from './step.ts';
import { NODE_NAMES, type World } from './world.ts';

/** Everything that users may do, with all webhooks down. */
export function userSteps(world: World): Step[] {
  return [...edits(world), ...migrationEdits(world), ...labels(world)];
}

function edits(world: World): Step[] {
  const { rescue, powerState } = world.spec;
  const other = powerState === 'Running' ? 'Stopped' : 'Running';
  return [
    chance(rescue ? 'user unrescues' : 'user rescues', { ...world, spec: { rescue: !rescue, powerState } }),
    chance(`user sets powerState ${other}`, { ...world, spec: { rescue, powerState: other } }),
  ];
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

function labels(world: World): Step[] {
  if (world.incapable !== undefined) {
    return [chance(`admin labels ${world.incapable}`, { ...world, incapable: undefined })];
  }
  return NODE_NAMES.map((node) => chance(`admin unlabels ${node}`, { ...world, incapable: node }));
}
