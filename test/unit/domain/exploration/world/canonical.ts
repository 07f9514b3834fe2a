import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { idOf, one, timeless } from './numbering.ts';
import { caughtUp, lagging, NOTHING, PARTS, seen } from './stale.ts';
import {
  isActive,
  lockOf,
  migrationWith,
  type BackendMigration,
  type Parts,
  type StoredInstance,
  type Unanswered,
  type Vm,
  type World,
} from './world.ts';

/**
 * One world for all those that can't be told apart by what may follow: what is over and inert has no details, what a uid
 * is does not matter, only where it is the same, and a cache that shows what is there does not lag.
 */
export function canonical(world: World): World {
  const { rival } = world;
  const own = unique(renamed(forgetful(settled(dated(ordered(world))))));
  return rival === undefined ? own : { ...own, rival: canonical(rival) };
}

/** Of a VM that is seen, it only matters whether a guest of it may be there that is not. */
function ordered(world: World): World {
  const vm = seen(world).vm;
  const mayRun = world.ordered !== undefined || world.vm?.power === 'On';
  return vm === undefined || !mayRun ? world : { ...world, ordered: SOMETHING };
}

/** When a transfer begins and ends is told by the clock. */
function dated(world: World): World {
  const { migration, foreign, clock } = world;
  const [ours, theirs] = [migration && datedAt(migration, clock), foreign && datedAt(foreign, clock)];
  return ours === migration && theirs === foreign ? world : { ...world, migration: ours, foreign: theirs };
}

function datedAt(migration: BackendMigration, clock: number): BackendMigration {
  const { phase, begun, ended } = migration;
  if (begun === undefined && phase === 'Running') return { ...migration, begun: clock };
  return ended === undefined && !isActive(migration) ? { ...migration, ended: clock } : migration;
}

/** Nobody looks at what it is. */
const SOMETHING: Vm = {
  uid: '',
  owner: undefined,
  policy: 'Delete',
  identity: '',
  boot: { mode: 'Normal', session: '', specHash: '' },
  power: 'Off',
  troubled: false,
};

const OVER = { observedGeneration: 1, phase: 'Succeeded' } as const;

/** Nothing reads a LiveMigration that has ended but for its uid. */
function settled(world: World): World {
  const { liveMigrations } = world;
  if (!liveMigrations.some(({ status }) => isFinal(status?.phase) && status !== OVER)) return world;
  return {
    ...world,
    liveMigrations: liveMigrations.map(({ uid, abort, status }) =>
      isFinal(status?.phase) ? { uid, abort: false, status: OVER } : { uid, abort, status },
    ),
  };
}

/** Nobody asks for a migration that is over and belongs to nobody. */
function forgetful(world: World): World {
  const { migration, foreign } = world;
  if (lagging(world).length > 0) return world;
  const ours = remembered(migration, world);
  // Where the guest is at the end of ours may be their doing.
  const theirs = ours === undefined ? remembered(foreign, world) : foreign;
  return ours === migration && theirs === foreign ? world : { ...world, migration: ours, foreign: theirs };
}

function remembered(migration: BackendMigration | undefined, world: World): BackendMigration | undefined {
  if (migration === undefined || isActive(migration)) return migration;
  return isAskedFor(migration.uid, world) ? migration : undefined;
}

function isAskedFor(uid: string, world: World): boolean {
  const liveMigration = migrationWith(uid, world);
  return (liveMigration !== undefined && !isFinal(liveMigration.status?.phase)) || lockOf(world)?.uid === uid;
}

type Rename = (uid: string) => string;

/** What is there now has the first names. */
function renamed(world: World): World {
  const older = olderParts(world);
  const former = migrationUids({ instance: world.former });
  const unanswered = world.unanswered.flatMap(uidsOfWrite);
  const migrations = renaming('lm', [
    ...migrationUids(world),
    ...older.flatMap(migrationUids),
    ...former,
    ...unanswered,
  ]);
  const boots = renaming('boot', [world.guest?.bootId, ...older.map(({ guest }) => guest?.bootId)]);
  const vms = renaming('vm', [world.vm?.uid, ...older.map(({ vm }) => vm?.uid)]);
  if (migrations === undefined && boots === undefined && vms === undefined) return world;
  const rename = { migrations: migrations ?? same, boots: boots ?? same, vms: vms ?? same };
  return {
    ...world,
    ...renamedParts(world, rename),
    stale: renamedStale(world, rename),
    unanswered: world.unanswered.map((write) => renamedWrite(write, rename.migrations)),
    former: world.former && withHolder(world.former, rename.migrations),
  };
}

function same(uid: string): string {
  return uid;
}

function olderParts({ stale }: World): Partial<Parts>[] {
  return PARTS.flatMap((part) => {
    const older = stale[part];
    return older === undefined ? [] : [{ [part]: older[0] }];
  });
}

/** `undefined`: all have the names that they should have. */
function renaming(prefix: string, uids: readonly (string | undefined)[]): Rename | undefined {
  const known = [...new Set(uids)].filter((uid) => uid !== undefined);
  const name = (uid: string) => `${prefix}-${known.indexOf(uid) + 1}`;
  return known.every((uid) => name(uid) === uid) ? undefined : name;
}

function migrationUids({
  liveMigrations = [],
  instance,
  migration,
  foreign,
}: Partial<Parts>): (string | undefined)[] {
  const operation = instance?.status?.operation;
  const holder = operation?.type === 'Migrate' ? operation.uid : undefined;
  return [...liveMigrations.map(({ uid }) => uid), holder, migration?.uid, foreign?.uid];
}

interface Renames {
  readonly migrations: Rename;
  readonly boots: Rename;
  readonly vms: Rename;
}

function renamedParts(parts: Parts, { migrations, boots, vms }: Renames): Parts {
  const { instance, liveMigrations, vm, guest, migration, foreign, incapable, lost } = parts;
  return {
    instance: instance && withHolder(instance, migrations),
    liveMigrations: liveMigrations.map((stored) => ({ ...stored, uid: migrations(stored.uid) })),
    vm: vm && { ...vm, uid: vms(vm.uid) },
    guest: guest && { ...guest, bootId: boots(guest.bootId) },
    migration: migration && withUid(migration, migrations),
    foreign: foreign && withUid(foreign, migrations),
    incapable,
    lost,
  };
}

function withUid(migration: BackendMigration, name: Rename): BackendMigration {
  const uid = name(migration.uid);
  return { ...migration, uid, name: migration.name.replace(migration.uid, uid) };
}

function renamedStale(world: World, rename: Renames): World['stale'] {
  const { stale } = world;
  if (stale === NOTHING) return stale;
  const all = renamedParts(seen(world), rename);
  return Object.fromEntries(
    PARTS.filter((part) => stale[part] !== undefined).map((part) => [part, [all[part]]]),
  );
}

function withHolder(instance: StoredInstance, name: Rename): StoredInstance {
  const { status } = instance;
  return status === undefined ? instance : { ...instance, status: withHolderIn(status, name) };
}

type Status = NonNullable<StoredInstance['status']>;

function withHolderIn(status: Status, name: Rename): Status {
  const { operation } = status;
  if (operation?.type !== 'Migrate') return status;
  return timeless({ ...status, operation: { ...operation, uid: name(operation.uid) } });
}

function uidsOfWrite(write: Unanswered): (string | undefined)[] {
  if (write.part === 'liveMigrations') return [write.uid];
  const operation = write.pending?.operation;
  return operation?.type === 'Migrate' ? [operation.uid] : [];
}

function renamedWrite(write: Unanswered, name: Rename): Unanswered {
  if (write.part === 'liveMigrations') return { ...write, uid: name(write.uid) };
  return { ...write, pending: write.pending && withHolderIn(write.pending, name) };
}

/** Equal parts are the same object; a cache that shows the same as what is there has caught up. */
function unique(world: World): World {
  let { stale } = world;
  for (const part of PARTS) {
    const older = stale[part];
    if (older !== undefined && idOf(older[0]) === idOf(world[part])) stale = caughtUp(stale, part);
  }
  return {
    instance: one(world.instance),
    liveMigrations: one(world.liveMigrations),
    vm: one(world.vm),
    guest: one(world.guest),
    migration: one(world.migration),
    foreign: one(world.foreign),
    incapable: one(world.incapable),
    lost: one(world.lost),
    clock: world.clock,
    faults: world.faults,
    stale,
    ordered: one(world.ordered),
    unanswered: one(world.unanswered),
    former: one(world.former),
    rival: world.rival,
  };
}
