import type { Instance } from '../api/instance.ts';
import type { LiveMigration, MigrationPhase } from '../api/live-migration.ts';
import { nodeForMigration, type Placement } from '../domain/anchor/placement.ts';
import { unsupportedMigrationFields } from '../domain/capabilities.ts';
import { isMadeByDrain } from '../domain/evacuation/attempts.ts';
import { prospectOf, type Prospect } from '../domain/evacuation/prospect.ts';
import { requestOf } from '../domain/evacuation/request.ts';
import type { EvacuationSight } from '../domain/evacuation/sight.ts';
import { rivalOf, type Contender, type DiskRival } from '../domain/instance/disk-rivals.ts';
import {
  migrationUnderWay,
  ownVm,
  targetOf,
  type InstanceObservation,
  type MigrationHold,
} from '../domain/instance/observation.ts';
import { stateOf } from '../domain/instance/state.ts';
import { writableDisks } from '../domain/instance/writable-disks.ts';
import { isFinal } from '../domain/live-migration/decide.ts';
import type { MigrationObservation } from '../domain/live-migration/observation.ts';
import type { ObservedNode, ObservedVm, UnfinishedMigration } from '../domain/observed.ts';
import type { Driver, VmKey } from '../drivers/driver.ts';
import { formatKey, keyOf, parseKey } from '../kube/resource.ts';
import type { Indices } from '../runtime/index-table.ts';
import type { Store } from '../runtime/store.ts';
import type { Unreadable } from '../runtime/unreadable.ts';
import { observePlacement, type Anchors } from './anchor/anchorage.ts';
import type { DiskUse } from './disk-use.ts';
import type { Node } from '../api/node.ts';
import { observeNode } from '../domain/node/observe.ts';

/** What is there and can't be read: nothing is done with it, and it is not gone. */
export interface UnreadableObjects {
  readonly instances: Store<Unreadable>;
  readonly migrations: Store<Unreadable>;
}

/** Everything that is known, in memory: what controllers and webhooks look at. Nobody asks the API server to decide. */
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

export function observeInstance(world: World, instance: Instance): InstanceObservation {
  const driver = world.driverOf(instance);
  const vm = driver.observe(instance.metadata);
  const node = vm?.running?.node === undefined ? undefined : world.nodes.get(vm.running.node);
  const observation = {
    instance,
    driver: driver.name,
    vm,
    vmOwner: vm && ownerOf(world, vm, instance.metadata.uid),
    node: node && observeNode(node),
    migration: observeHold(world, instance, driver),
    rivals: rivalsOf(world, instance),
    placement: placementOf(world, { instance, vm, driver }),
  };
  // What it is compared with depends on the identity that the VM has.
  const compared =
    vm && driver.observe(instance.metadata, targetOf(observation, new Date(world.now()).toISOString()).vm);
  return { ...observation, vm: compared, evacuation: sightOf(world, observation) };
}

/** Looked for only where an eviction was asked for: it takes a look at every node. */
function sightOf(world: World, observation: InstanceObservation): EvacuationSight | undefined {
  const request = requestOf(observation.instance.status?.evacuation, ownVm(observation)?.running);
  if (request === undefined) return undefined;
  const cordoned = world.nodes.get(request.node)?.spec.unschedulable === true;
  return { request, cordoned, prospect: prospectIn(world, observation) };
}

/** Where the VM could go if its node were drained now. */
function prospectIn(world: World, observation: InstanceObservation): Prospect {
  const { instance, driver, vm } = observation;
  const { namespace, name } = instance.metadata;
  return prospectOf({
    subject: { namespace, instanceName: name, driver },
    policy: instance.spec.evacuation?.policy,
    instance: {
      state: stateOf(observation, instance.status?.operation),
      node: vm?.running?.node,
      placement: instance.spec.placement?.nodeSelector ?? {},
      notMigratable: vm?.running?.notMigratable,
    },
    nodes: observeNodes(world),
    migratesRescued: world.driverOf(instance).capabilities.migrateRescued,
  });
}

function placementOf(
  { anchors, nodes }: World,
  subject: Parameters<typeof observePlacement>[2],
): Placement | undefined {
  if (anchors === undefined || subject.driver.capabilities.placesVms) return undefined;
  return observePlacement(anchors, nodes, subject);
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

/** The Instances that would write to a disk. */
export function instancesWriting(world: World, disk: string): Instance[] {
  return world.instances.byIndex(BY_DISK, disk);
}

/** Who else writes, or would write, to disks that an Instance writes to. */
function rivalsOf(world: World, instance: Instance): DiskRival[] {
  const keys = writableDisks(instance).flatMap((disk) => [
    ...instancesWriting(world, disk).map((other) => formatKey(keyOf(other))),
    ...world.diskUse.holdersOf(disk),
  ]);
  const others = new Set(keys);
  // Whose the VM of its own name is, is another question.
  others.delete(formatKey(keyOf(instance)));
  return [...others].flatMap((key) => rivalOf(instance, contenderAt(world, key)) ?? []);
}

function contenderAt(world: World, key: string): Contender {
  const instance = world.instances.get(key);
  const vmKey = parseKey(key);
  return { ...vmKey, instance, vm: world.driverOf(instance).observe(vmKey) };
}

export function observeNodes(world: World): ObservedNode[] {
  return world.nodes.list().map(observeNode);
}

function observeHold(
  world: World,
  { metadata, status }: Instance,
  driver: Driver,
): MigrationHold | undefined {
  const operation = status?.operation;
  if (operation?.type !== 'Migrate') return undefined;
  const { uid } = operation;
  return {
    uid,
    exists: [world.migrations, world.unreadable.migrations].some(
      (store) => store.byIndex(BY_UID, uid).length > 0,
    ),
    observed: driver.observeMigration(metadata, uid),
  };
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

export function observeMigration(world: World, migration: LiveMigration): MigrationObservation {
  const { metadata, spec } = migration;
  const instance = instanceOf(world, migration);
  const nodes = observeNodes(world);
  const driver = driverFor(world, migration);
  const observed = driver.observeMigration(vmKeyOf(migration), metadata.uid);
  if (instance === undefined) {
    return {
      migration,
      nodes,
      instance,
      // One that can't be read is not gone.
      observed: isInstanceUnreadable(world, migration) ? undefined : observed,
      other: undefined,
      unsupportedFields: [],
      migratesRescued: true,
      destination: undefined,
    };
  }
  const seen = observeInstance(world, instance);
  return {
    migration,
    nodes,
    instance: seen,
    observed,
    other: foreignMigration(seen) ?? holderOtherThan(world, metadata.uid, seen),
    unsupportedFields: unsupportedMigrationFields(spec, driver.capabilities),
    migratesRescued: driver.capabilities.migrateRescued,
    destination: seen.placement && nodeForMigration(seen.placement, metadata.uid),
  };
}

/** Whether the Instance of a LiveMigration is there and can't be read. */
export function isInstanceUnreadable(world: World, migration: LiveMigration): boolean {
  return world.unreadable.instances.get(instanceKeyOf(migration)) !== undefined;
}

/** The migration by which somebody else moves the VM of an Instance. */
export function foreignMigration(observation: InstanceObservation): UnfinishedMigration | undefined {
  const migration = migrationUnderWay(observation);
  return migration?.madeFor === 'SomebodyElse' ? migration : undefined;
}

/** The unfinished migration that holds the lock, where it is not the one of `uid`. */
function holderOtherThan(
  world: World,
  uid: string,
  { instance: { status }, migration: hold }: InstanceObservation,
): MigrationObservation['other'] {
  if (hold === undefined || hold.uid === uid) return undefined;
  const phase = phaseOf(world.migrations.byIndex(BY_UID, hold.uid)[0], hold);
  return isFinal(phase) ? undefined : { name: status?.migration?.name ?? '', phase };
}

/** One that has not said a phase, or that is gone and of which nothing is seen yet, is taken for preparing. */
function phaseOf(migration: LiveMigration | undefined, { observed }: MigrationHold): MigrationPhase {
  return (migration === undefined ? observed?.phase : migration.status?.phase) ?? 'Preparing';
}
