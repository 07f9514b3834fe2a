import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { isLost, isUnknown } from '../world/losses.ts';
import { seen } from '../world/stale.ts';
import {
  isActive,
  lockOf,
  migrationWith,
  type BackendMigration,
  type StoredMigration,
  type World,
} from '../world/world.ts';
import type { Property } from './property.ts';

/** What a LiveMigration says at its end is so: where the guest is, and that it is unharmed (docs/adr/0006). */
export const ENDINGS: readonly Property[] = [
  function endsTruthfully(before, { next }) {
    if (next.liveMigrations === before.liveMigrations) return undefined;
    for (const liveMigration of next.liveMigrations) {
      const lie = hasEnded(liveMigration, before) ? lieOf(liveMigration, before, next) : undefined;
      if (lie !== undefined) return lie;
    }
    return undefined;
  },

  /** What is stored counts, not what is seen of it. */
  function staysEnded(before, { order, next }) {
    if (order?.kind === 'Migrate' && isOver(order.uid, before))
      return 'a migration is ordered for a LiveMigration that has ended';
    const taken = lockOf(next)?.uid;
    return taken !== lockOf(before)?.uid && isOver(taken, before)
      ? 'a LiveMigration that has ended takes the lock'
      : undefined;
  },
];

function isOver(uid: string | undefined, world: World): boolean {
  return isFinal(migrationWith(uid, world)?.status?.phase);
}

function hasEnded({ uid, status }: StoredMigration, before: World): boolean {
  return isFinal(status?.phase) && !isFinal(migrationWith(uid, before)?.status?.phase);
}

function lieOf(liveMigration: StoredMigration, before: World, next: World): string | undefined {
  const { uid, abort, status } = liveMigration;
  if (status === undefined) return undefined;
  const { instance } = seen(next);
  const kept = instance?.deleting === false;
  if (status.phase === 'Aborted' && !abort && kept) return 'it says Aborted, and nobody asked for it';
  // What is sent again was so when it was decided.
  const past = isSentAgain(uid, before) ? undefined : lieAtTheEnd(uid, next, status);
  const lie = isOngoing(uid, next) ? 'the migration is not over' : past;
  return lie && `a LiveMigration ended ${status.phase} (${reasonOf(status)}): ${lie}`;
}

function isOngoing(uid: string, { migration }: World): boolean {
  return migration?.uid === uid && isActive(migration);
}

function isSentAgain(uid: string, { unanswered }: World): boolean {
  return unanswered.some((write) => write.part === 'liveMigrations' && write.uid === uid);
}

function lieAtTheEnd(uid: string, world: World, status: EndStatus): string | undefined {
  const { migration } = world;
  if (isSaidToBeLost(world, status)) return undefined;
  if (migration?.uid === uid) return lieAbout(world, migration, status);
  // One that is forgotten, and seen yet, has told where the guest was when it was over.
  return seen(world).migration?.uid === uid ? undefined : lieWithoutMigration(world, status);
}

/** Of a guest whose node is lost nothing is known, until an admin says that it is gone with its node. */
function isSaidToBeLost(world: World, status: EndStatus): boolean {
  const view = seen(world);
  if (!isLost(view) || status.outcome !== undefined) return false;
  const reason = reasonOf(status);
  return reason === 'NodeLost' || (reason === 'GuestLost' && !isUnknown(view));
}

type EndStatus = NonNullable<StoredMigration['status']>;

function reasonOf({ conditions }: EndStatus): string {
  return conditions?.find(({ type }) => type === 'Completed')?.reason ?? '';
}

function lieWithoutMigration(world: World, { outcome }: EndStatus): string | undefined {
  const view = seen(world);
  const { instance, vm, guest } = view;
  // Of a guest on a node that is lost need not be said anything.
  if (isLost(view) && outcome === undefined) return undefined;
  // Of an Instance that is gone nobody says anything.
  const place = instance && vm && guest?.node;
  return outcome?.node === place ? undefined : `the guest is on ${place}, not on ${outcome?.node}`;
}

function lieAbout(world: World, ended: BackendMigration, status: EndStatus): string | undefined {
  if ((ended.phase === 'Succeeded') !== (status.phase === 'Succeeded')) return `the migration ${ended.phase}`;
  if (reasonOf(status) === 'GuestLost') return ended.guest === 'Died' ? undefined : 'the guest is not lost';
  // Of the guest of an Instance that is gone nobody says anything.
  if (seen(world).instance === undefined && status.phase !== 'Succeeded') return undefined;
  // What has become of the guest after the migration is not what the migration speaks of.
  return ended.guest === 'Alive' ? lieAboutPlace(world, ended, status) : undefined;
}

function lieAboutPlace(
  { guest, foreign }: World,
  ended: BackendMigration,
  { outcome }: EndStatus,
): string | undefined {
  const left = ended.phase === 'Succeeded' ? ended.destination : ended.source;
  // Somebody else may have moved it on since.
  const place = foreign === undefined ? left : guest?.node;
  if (guest?.phase !== 'Running' || guest.node !== place) return `the guest does not run on ${place}`;
  return outcome?.node === place ? undefined : `it says ${outcome?.node} instead of ${place}`;
}
