import type {
  DeletionPolicy,
  Instance,
  InstanceSpec,
  InstanceStatus,
} from '../../../../../src/api/instance.ts';
import type { LiveMigrationStatus } from '../../../../../src/api/live-migration.ts';
import type { ObservedMigration, Power } from '../../../../../src/domain/observed.ts';
import type { Boot } from '../../../../../src/domain/vm.ts';

/** The parts of a world, each of which a controller sees through a cache of its own. */
export interface Parts {
  readonly instance: StoredInstance | undefined;
  readonly liveMigrations: readonly StoredMigration[];
  /** What is stored at the backend; its guest is seen through another watch. */
  readonly vm: Vm | undefined;
  readonly guest: Guest | undefined;
  /** The last migration that the backend knows of those that LiveMigrations have asked for. */
  readonly migration: BackendMigration | undefined;
  /** The last one that somebody else has made, past our API. */
  readonly foreign: BackendMigration | undefined;
  /** Nodes whose capability labels are missing. */
  readonly incapable: readonly NodeName[];
  /** Nodes that are not heard of, or that an admin has given up. */
  readonly lost: Losses;
}

export type Losses = Readonly<Partial<Record<NodeName, 'Unreachable' | 'OutOfService' | 'Deleted'>>>;

export type Part = keyof Parts;

/**
 * The small world that is explored: one Instance, its LiveMigrations, one VM and its guest on a few nodes. Everything in
 * it is an immutable value, and each value exists once, so that equal parts are the same object.
 */
export interface World extends Parts {
  /** How many more crashes, lost answers and accidents may happen. */
  readonly faults: number;
  /** What the caches that lag behind still show; those that are not named are up to date. */
  readonly stale: Stale;
  /**
   * The VM as it was ordered to run last, as long as the backend has not said that nothing of it runs: where no VM is seen,
   * this may be there, and where it is stored off, its guest.
   */
  readonly ordered: Vm | undefined;
  /** Status writes whose answer was lost, as long as the cache shows the object as it was when they were made. */
  readonly unanswered: readonly Unanswered[];
  /** The Instance as it was seen last by a leader that was replaced and does not know it yet. */
  readonly former: StoredInstance | undefined;
  /** How often the time has moved on: see numbering.ts. */
  readonly clock: number;
  /** All that is the same of another Instance, whose VM would write to the same disk: see pair.ts. */
  readonly rival: World | undefined;
}

/** An older value of a part, in a tuple, since `undefined` may be what is still seen. */
export type Stale = { readonly [P in Part]?: readonly [Parts[P]] };

export interface StoredInstance {
  readonly uid: string;
  readonly spec: InstanceSpec;
  /** It has a deletionTimestamp: foreground deletion waits for the VM. */
  readonly deleting: boolean;
  readonly status: InstanceStatus | undefined;
  /** It is to take over the VM of its name, whoever made it. */
  readonly adopts: boolean;
}

/** A status write of which it is not known whether it was carried out. */
export type Unanswered =
  | { readonly part: 'instance'; readonly pending: InstanceStatus | undefined }
  | {
      readonly part: 'liveMigrations';
      readonly uid: string;
      /** What was to be written and was not; `undefined`: it was. */
      readonly pending: LiveMigrationStatus | undefined;
    };

export type Operation = NonNullable<NonNullable<Instance['status']>['operation']>;

export type NodeName = 'node-a' | 'node-b' | 'node-c';

export interface StoredMigration {
  readonly uid: string;
  readonly abort: boolean;
  readonly status: LiveMigrationStatus | undefined;
}

/** A VM as it is stored at the backend. */
export interface Vm {
  readonly uid: string;
  /** uid of the Instance that it belongs to; `undefined`: somebody else made it under the Instance's name. */
  readonly owner: string | undefined;
  /** Whether it goes with its owner. */
  readonly policy: DeletionPolicy;
  /** uid of the Instance that its identity was derived from. */
  readonly identity: string;
  readonly boot: Boot;
  readonly power: Power;
  /** The last boot has failed, and the backend says so until it tries again. */
  readonly troubled: boolean;
}

export interface Guest {
  readonly bootId: string;
  readonly boot: Boot;
  readonly phase: 'Starting' | 'Running' | 'Stopping';
  readonly node: NodeName;
}

/** A migration at the backend. */
export interface BackendMigration {
  /** uid of its LiveMigration. */
  readonly uid: string;
  readonly name: string;
  readonly phase: ObservedMigration['phase'];
  readonly aborting: boolean;
  readonly source: NodeName;
  readonly destination: NodeName | undefined;
  /** The order said that the destination must have the label. */
  readonly labelled: boolean;
  /** When its transfer began, and when it was over. */
  readonly begun?: number | undefined;
  readonly ended?: number | undefined;
  /** What has become of the guest that was migrated. */
  readonly guest: 'Alive' | 'Died' | 'Restarted';
}

/** Whether the backend is still at work on it. */
export function isActive(migration: BackendMigration | undefined): boolean {
  return migration !== undefined && migration.phase !== 'Succeeded' && migration.phase !== 'Failed';
}

/** The migration that the backend is at work on, whoever made it: there is one at a time. */
export function movingIn({ migration, foreign }: Parts): BackendMigration | undefined {
  return [migration, foreign].find(isActive);
}

/** Whether the VM is the Instance's own. */
export function isOwn({ vm, instance }: Parts): boolean {
  return vm?.owner !== undefined && vm.owner === instance?.uid;
}

export function lockOf({ instance }: Parts): Operation | undefined {
  return instance?.status?.operation;
}

export function migrationWith(
  uid: string | undefined,
  { liveMigrations }: Parts,
): StoredMigration | undefined {
  return liveMigrations.find((liveMigration) => liveMigration.uid === uid);
}

/** The world with another value of one of its LiveMigrations; `undefined`: it is gone. */
export function withMigration(world: World, uid: string, next: StoredMigration | undefined): World {
  const liveMigrations = world.liveMigrations.flatMap((before) =>
    before.uid === uid ? (next ?? []) : before,
  );
  return { ...world, liveMigrations };
}
