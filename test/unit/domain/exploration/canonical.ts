import type { InstanceStatus } from '../../../../src/api/instance.ts';
import { isFinal } from '../../../../src/domain/live-migration/decide.ts';
import { isActive, timeless, type StoredMigration, type World } from './world.ts';

/**
 * One world for all those that can't be told apart by what may follow: what is over and inert has no details, and what
 * a uid is does not matter, only where it is the same.
 */
export function canonical(world: World): World {
  return renamed(forgetful({ ...world, liveMigration: settled(world.liveMigration) }));
}

/** Nothing reads a LiveMigration that has ended but for its uid. */
function settled(liveMigration: StoredMigration | undefined): StoredMigration | undefined {
  if (liveMigration === undefined || !isFinal(liveMigration.status?.phase)) return liveMigration;
  return { uid: liveMigration.uid, abort: false, status: OVER };
}

const OVER = { observedGeneration: 1, phase: 'Succeeded' } as const;

/** Nobody asks for a migration that is over and belongs to nobody. */
function forgetful(world: World): World {
  const { migration } = world;
  if (migration === undefined || isActive(migration) || migration.lagging) return world;
  return isAskedFor(migration.uid, world) ? world : { ...world, migration: undefined };
}

function isAskedFor(uid: string, { liveMigration, status }: World): boolean {
  const over = liveMigration === undefined || isFinal(liveMigration.status?.phase);
  return (!over && liveMigration.uid === uid) || status?.operation?.uid === uid;
}

function renamed(world: World): World {
  const uids = uidsOf(world);
  const name = (uid: string) => `lm-${uids.indexOf(uid) + 1}`;
  if (uids.every((uid) => name(uid) === uid)) return world;
  const { liveMigration, migration, status } = world;
  return {
    ...world,
    liveMigration: liveMigration && { ...liveMigration, uid: name(liveMigration.uid) },
    migration: migration && { ...migration, uid: name(migration.uid) },
    status: status && withHolder(status, name),
  };
}

/** The uids of LiveMigrations in a world, each once, by where they are. */
function uidsOf({ liveMigration, status, migration }: World): string[] {
  const operation = status?.operation;
  const holder = operation?.type === 'Migrate' ? operation.uid : undefined;
  return [...new Set([liveMigration?.uid, holder, migration?.uid])].filter((uid) => uid !== undefined);
}

function withHolder(status: InstanceStatus, name: (uid: string) => string): InstanceStatus {
  const { operation } = status;
  if (operation?.type !== 'Migrate') return status;
  return timeless({ ...status, operation: { ...operation, uid: name(operation.uid) } });
}
