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
  const { migration, liveMigration, status } = world;
  if (migration === undefined || isActive(migration) || migration.lagging) return world;
  const asking = [
    isFinal(liveMigration?.status?.phase) ? undefined : liveMigration?.uid,
    status?.operation?.uid,
  ];
  return asking.includes(migration.uid) ? world : { ...world, migration: undefined };
}

function renamed(world: World): World {
  const { liveMigration, migration, status } = world;
  const operation = status?.operation;
  const holder = operation?.type === 'Migrate' ? operation.uid : undefined;
  const uids = [...new Set([liveMigration?.uid, holder, migration?.uid])].filter((uid) => uid !== undefined);
  const name = (uid: string) => `lm-${uids.indexOf(uid) + 1}`;
  if (uids.every((uid) => name(uid) === uid)) return world;
  return {
    ...world,
    liveMigration: liveMigration && { ...liveMigration, uid: name(liveMigration.uid) },
    migration: migration && { ...migration, uid: name(migration.uid) },
    status: status && holder !== undefined ? withHolder(status, name(holder)) : status,
  };
}

function withHolder(status: InstanceStatus, uid: string): InstanceStatus {
  const { operation } = status;
  return operation === undefined ? status : timeless({ ...status, operation: { ...operation, uid } });
}
