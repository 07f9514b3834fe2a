import type { InstanceStatus } from '../../../../../src/api/instance.ts';
import type { LiveMigrationStatus } from '../../../../../src/api/live-migration.ts';
import { idOf } from './numbering.ts';
import { lagging, seen } from './stale.ts';
import { migrationWith, withMigration, type Unanswered, type World } from './world.ts';

/**
 * What the runtime promises of status writes whose answer was lost (src/kube/status-writer.ts): nothing is decided from the
 * object until its cache has moved on, and until then the write is sent again as it was.
 */
export function isUnsettled({ unanswered }: World, migrationUid?: string): boolean {
  return unanswered.some((write) => write.part === 'instance' || write.uid === migrationUid);
}

/** Those whose object is still seen as it was when they were made. */
export function stillUnanswered(before: World, next: World): readonly Unanswered[] {
  if (next.unanswered.length === 0) return next.unanswered;
  return next.unanswered.filter((write) => idOf(objectOf(write, before)) === idOf(objectOf(write, next)));
}

function objectOf(write: Unanswered, world: World): unknown {
  const view = seen(world);
  return write.part === 'instance' ? view.instance : migrationWith(write.uid, view);
}

/** The writes that have led from one world to the next, as they are when their answers are lost. */
export function writesBetween(before: World, next: World): Unanswered[] {
  const migrations = next.liveMigrations.flatMap(({ uid, status }): Unanswered[] =>
    status === undefined || status === migrationWith(uid, before)?.status
      ? []
      : [{ part: 'liveMigrations', uid, pending: status }],
  );
  const status = next.instance?.status;
  if (status === undefined || status === before.instance?.status) return migrations;
  return [{ part: 'instance', pending: status }, ...migrations];
}

/** A write that was carried out although its answer was lost. */
export function carriedOut(write: Unanswered): Unanswered {
  return { ...write, pending: undefined };
}

/** The world after such a write was sent again; `undefined`: it is refused, since the object has moved on. */
export function sentAgain(world: World, write: Unanswered): World | undefined {
  if (write.pending === undefined || lagging(world).includes(write.part)) return undefined;
  return write.part === 'instance'
    ? withInstanceStatus(world, write.pending)
    : withMigrationStatus(world, write.uid, write.pending);
}

function withInstanceStatus(world: World, status: InstanceStatus): World | undefined {
  return world.instance && { ...world, instance: { ...world.instance, status } };
}

function withMigrationStatus(world: World, uid: string, status: LiveMigrationStatus): World | undefined {
  const stored = migrationWith(uid, world);
  return stored && withMigration(world, uid, { ...stored, status });
}
