import type { Instance, InstanceSpec, InstanceStatus } from '../../../../../src/api/instance.ts';
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
  /** The last migration that the backend knows. */
  readonly migration: BackendMigration | undefined;
  /** Nodes whose capability labels are missing. */
  readonly incapable: readonly NodeName[];
}

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
  /** Status writes whose answer was lost, as long as the cache shows the object as it was when they were made. */
  readonly unanswered: readonly Unanswered[];
  /** The Instance as it was seen last by a leader that was replaced and does not know it yet. */
  readonly former: StoredInstance | undefined;
}

/** An older value of a part, in a tuple, since `undefined` may be what is still seen. */
export type Stale = { readonly [P in Part]?: readonly [Parts[P]] };

export interface StoredInstance {
  readonly spec: InstanceSpec;
  /** It has a deletionTimestamp: foreground deletion waits for the VM. */
  readonly deleting: boolean;
  readonly status: InstanceStatus | undefined;
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
  /** Foreign: somebody else made it under the Instance's name. */
  readonly owner: 'Ours' | 'Foreign';
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
  /** What has become of the guest that was migrated. */
  readonly guest: 'Alive' | 'Died' | 'Restarted';
}

/** Whether the backend is still at work on it. */
export function isActive(migration: BackendMigration | undefined): boolean {
  return migration !== undefined && migration.phase !== 'Succeeded' && migration.phase !== 'Failed';
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
