import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { chance, type Step } from '../world/step.ts';
import { withMigration, type StoredMigration, type World } from '../world/world.ts';

/** Users create, abort and delete LiveMigrations; at most so many are there at once. */
export function migrationEdits(world: World, most: number): Step[] {
  const edits = world.liveMigrations.flatMap((stored) => editsOf(world, stored));
  return world.liveMigrations.length < most ? [...edits, creation(world)] : edits;
}

/** Users let each LiveMigration come to its end, and make another one in its place. */
export function moves(world: World): Step[] {
  return world.liveMigrations.every(({ status }) => isFinal(status?.phase))
    ? [creation({ ...world, liveMigrations: [] })]
    : [];
}

function creation(world: World): Step {
  const created: StoredMigration = { uid: unusedUid(world), abort: false, status: undefined };
  const liveMigrations = [...world.liveMigrations, created];
  return chance('user creates a LiveMigration', { ...world, liveMigrations });
}

function editsOf(world: World, stored: StoredMigration): Step[] {
  const { uid, abort } = stored;
  const deleted = chance(`user deletes LiveMigration ${uid}`, withMigration(world, uid, undefined));
  if (abort) return [deleted];
  const aborted = withMigration(world, uid, { ...stored, abort: true });
  return [deleted, chance(`user aborts LiveMigration ${uid}`, aborted)];
}

/** A uid that nobody remembers. */
export function unusedUid(world: World): string {
  const { stale, former, unanswered } = world;
  const remembered = [
    ...uidsIn(world),
    ...uidsIn({ liveMigrations: stale.liveMigrations?.[0], migration: stale.migration?.[0] }),
    ...uidsIn({ foreign: stale.foreign?.[0] }),
    ...uidsIn({ instance: stale.instance?.[0] }),
    ...uidsIn({ instance: former }),
    ...unanswered.map((write) => (write.part === 'instance' ? write.pending?.operation?.uid : write.uid)),
  ];
  for (let number = 1; ; number += 1) {
    const uid = `lm-${number}`;
    if (!remembered.includes(uid)) return uid;
  }
}

type Loose = {
  readonly [P in 'liveMigrations' | 'instance' | 'migration' | 'foreign']?: World[P] | undefined;
};

function uidsIn({ liveMigrations = [], instance, migration, foreign }: Loose): (string | undefined)[] {
  const holder = instance?.status?.operation?.uid;
  return [...liveMigrations.map(({ uid }) => uid), holder, migration?.uid, foreign?.uid];
}
