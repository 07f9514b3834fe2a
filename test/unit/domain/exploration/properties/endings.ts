import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { isLost } from '../world/losses.ts';
import { seen } from '../world/stale.ts';
import {
  isActive,
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
      const lie = hasEnded(liveMigration, before) ? lieOf(liveMigration, next) : undefined;
      if (lie !== undefined) return lie;
    }
    return undefined;
  },
];

function hasEnded({ uid, status }: StoredMigration, before: World): boolean {
  return isFinal(status?.phase) && !isFinal(migrationWith(uid, before)?.status?.phase);
}

function lieOf({ uid, abort, status }: StoredMigration, world: World): string | undefined {
  if (status === undefined) return undefined;
  const { migration } = world;
  const { instance } = seen(world);
  if (status.phase === 'Aborted' && !abort && isKept(instance))
    return 'it says Aborted, and nobody asked for it';
  // The backend takes the migration with the VM, and the VM with its Instance: nobody waits for that.
  const followed = instance !== undefined && migration?.uid === uid;
  if (isSaidToBeLost(world, status)) return undefined;
  const lie = followed ? lieAbout(world, migration, status) : lieWithoutMigration(world, status);
  return lie && `a LiveMigration ended ${status.phase} (${reasonOf(status)}): ${lie}`;
}

function isKept(instance: World['instance']): boolean {
  return instance?.deleting === false;
}

/** Nothing is known of the guest then, and so nothing is said of it. */
function isSaidToBeLost(world: World, status: EndStatus): boolean {
  return reasonOf(status) === 'NodeLost' && isLost(seen(world)) && status.outcome === undefined;
}

type EndStatus = NonNullable<StoredMigration['status']>;

function reasonOf({ conditions }: EndStatus): string {
  return conditions?.find(({ type }) => type === 'Completed')?.reason ?? '';
}

function lieWithoutMigration(world: World, { outcome }: EndStatus): string | undefined {
  const { instance, vm, guest } = seen(world);
  // Of an Instance that is gone nobody says anything.
  const place = instance && vm && guest?.node;
  return outcome?.node === place ? undefined : `the guest is on ${place}, not on ${outcome?.node}`;
}

function lieAbout(world: World, ended: BackendMigration, status: EndStatus): string | undefined {
  if (isActive(ended)) return 'the migration is not over';
  if ((ended.phase === 'Succeeded') !== (status.phase === 'Succeeded')) return `the migration ${ended.phase}`;
  if (reasonOf(status) === 'GuestLost') return ended.guest === 'Died' ? undefined : 'the guest is not lost';
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
