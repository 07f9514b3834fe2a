import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { isMadeByDrain } from '../domain/evacuation/attempts.ts';
import { writableDisks } from '../domain/instance/writable-disks.ts';
import { isFinal } from '../domain/live-migration/decide.ts';
import type { ObservedVm } from '../domain/observed.ts';
import type { Driver, VmKey } from '../drivers/driver.ts';
import { formatKey } from '../kube/resource.ts';
import type { Indices } from '../runtime/index-table.ts';
import type { Store } from '../runtime/store.ts';
import type { Unreadable } from '../runtime/unreadable.ts';
import { type Anchors } from './anchor/anchorage.ts';
import type { DiskUse } from './disk-use.ts';
import type { Node } from '../api/node.ts';

/** What is there and can't be read: nothing is done with it, and it is not gone. */
export interface UnreadableObjects {
  readonly instances: Store<Unreadable>;
  readonly migrations: Store<Unreadable>;
}

/** Everything that is known, in memory: what controllers and webhooks decide from. */
export interface World {
  readonly instances: Store<Instance>;
  /** The disks that VMs write to, whatever became of their Instances. */
  readonly diskUse: DiskUse;
  readonly migrations: Store<LiveMigration>;
  readonly unreadable: UnreadableObjects;
  readonly nodes: Store<Node>;
  /** What stands for VMs at kube-scheduler; `undefined`: the driver of this operator places VMs itself. */
  readonly anchors: Anchors | undefined;
  /** The driver that runs an Instance: the one that its spec names, else (also for one that is gone) the default. */
  driverOf(instance: Instance | undefined): Driver;
  /** Whether this operator works in a namespace: of what is in others it knows nothing, and leaves it alone. */
  serves(namespace: string): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

const BY_INSTANCE = 'instance';
const BY_UID = 'uid';
const BY_NODE = 'node';
const BY_DISK = 'disk';
/** Indices of one key. */
const IS_ASKED_TO_LEAVE = 'evacuation';
const IS_MIGRATING = 'migrating';
const IS_OF_DRAIN = 'drain';
const YES = 'yes';

export const MIGRATION_INDICES: Indices<LiveMigration> = {
  [BY_INSTANCE]: (migration) => [instanceKeyOf(migration)],
  [BY_UID]: ({ metadata }) => [metadata.uid],
  [IS_OF_DRAIN]: (migration) => (isMadeByDrain(migration) ? [YES] : []),
};

export const INSTANCE_INDICES: Indices<Instance> = {
  [BY_NODE]: ({ status }) => [
    ...new Set([status?.node, status?.placement?.node].filter((node) => node !== undefined)),
  ],
  [BY_DISK]: writableDisks,
  [BY_UID]: ({ metadata }) => [metadata.uid],
  [IS_ASKED_TO_LEAVE]: ({ status }) => (status?.evacuation === undefined ? [] : [YES]),
  [IS_MIGRATING]: ({ status }) => (status?.operation?.type === 'Migrate' ? [YES] : []),
};

export const UNREADABLE_INDICES: Indices<Unreadable> = {
  [BY_UID]: ({ metadata }) => (metadata.uid === undefined ? [] : [metadata.uid]),
};

/** The Instances that run on a node, or are stored there. */
export function instancesOn(world: World, node: string): Instance[] {
  return world.instances.byIndex(BY_NODE, node);
}

/** The Instances whose eviction was asked for, also a while ago. */
export function instancesAskedToLeave(world: World): Instance[] {
  return world.instances.byIndex(IS_ASKED_TO_LEAVE, YES);
}

/** The Instances whose lock a migration holds. */
export function instancesMigrating(world: World): Instance[] {
  return world.instances.byIndex(IS_MIGRATING, YES);
}

/** The LiveMigrations that drains have made, over or not. */
export function migrationsOfDrains(world: World): LiveMigration[] {
  return world.migrations.byIndex(IS_OF_DRAIN, YES);
}

/** The LiveMigrations of an Instance. `key` is `namespace/name`. */
export function migrationsOf(world: World, key: string): LiveMigration[] {
  return world.migrations.byIndex(BY_INSTANCE, key);
}

/** The LiveMigrations of an Instance that are not over, oldest first. `key` is `namespace/name`. */
export function unfinishedMigrations(world: World, key: string): LiveMigration[] {
  return world.migrations
    .byIndex(BY_INSTANCE, key)
    .filter(({ status }) => !isFinal(status?.phase))
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
}

/** Those that may have something to do for an Instance: the unfinished ones, and the one that holds the lock. */
export function migrationsAtWork(world: World, key: string): LiveMigration[] {
  const holder = world.instances.get(key)?.status?.operation?.uid;
  return world.migrations
    .byIndex(BY_INSTANCE, key)
    .filter(({ metadata, status }) => !isFinal(status?.phase) || metadata.uid === holder);
}

/** Name of the Instance that a VM belongs to, if it is there and not that of `uid`. */
export function ownerOf(world: World, { ownership }: ObservedVm, uid?: string): string | undefined {
  if (ownership.kind !== 'Instance' || ownership.uid === uid) return undefined;
  const { uid: owner } = ownership;
  const [found] = [
    ...world.instances.byIndex(BY_UID, owner),
    ...world.unreadable.instances.byIndex(BY_UID, owner),
  ];
  return found?.metadata.name;
}

/** Whether there is an Instance of that uid, also one that can't be read. */
export function hasInstance(
  { instances, unreadable }: Pick<World, 'instances' | 'unreadable'>,
  uid: string,
): boolean {
  return [instances, unreadable.instances].some((store) => store.byIndex(BY_UID, uid).length > 0);
}

/** The Instances that would write to a disk. */
export function instancesWriting(world: World, disk: string): Instance[] {
  return world.instances.byIndex(BY_DISK, disk);
}

/** The Instance that a LiveMigration is for, if it is there and can be read. */
export function instanceOf(world: World, migration: LiveMigration): Instance | undefined {
  return world.instances.get(instanceKeyOf(migration));
}

/** The driver of the Instance that a LiveMigration is for, also when that is gone. */
export function driverFor(world: World, migration: LiveMigration): Driver {
  return world.driverOf(instanceOf(world, migration));
}

/** The VM that a LiveMigration moves, whether it is there or not. */
export function vmKeyOf({ metadata, spec }: Pick<LiveMigration, 'metadata' | 'spec'>): VmKey {
  return { namespace: metadata.namespace, name: spec.instanceName };
}

/** `namespace/name` of the Instance that a LiveMigration is for, whether it is there or not. */
export function instanceKeyOf(migration: Pick<LiveMigration, 'metadata' | 'spec'>): string {
  return formatKey(vmKeyOf(migration));
}

/** The LiveMigration of that uid, if it can be read. */
export function migrationBy(world: World, uid: string): LiveMigration | undefined {
  return world.migrations.byIndex(BY_UID, uid)[0];
}

/** Whether there is a LiveMigration of that uid, also one that can't be read. */
export function hasMigration({ migrations, unreadable }: World, uid: string): boolean {
  return [migrations, unreadable.migrations].some((store) => store.byIndex(BY_UID, uid).length > 0);
}

/** Whether the Instance of a LiveMigration is there and can't be read. */
export function isInstanceUnreadable(world: World, migration: LiveMigration): boolean {
  return world.unreadable.instances.get(instanceKeyOf(migration)) !== undefined;
}
