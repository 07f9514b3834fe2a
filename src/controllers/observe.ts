import type { Instance } from '../api/instance.ts';
import type { LiveMigration, MigrationPhase } from '../api/live-migration.ts';
import { nodeForMigration, type Placement } from '../domain/anchor/placement.ts';
import { unsupportedMigrationFields } from '../domain/capabilities.ts';
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
import type { ObservedNode, UnfinishedMigration } from '../domain/observed.ts';
import type { Driver } from '../drivers/driver.ts';
import { formatKey, keyOf, parseKey } from '../kube/resource.ts';
import { observePlacement } from './anchor/anchorage.ts';
import { observeNode } from '../domain/node/observe.ts';
import {
  driverFor,
  hasMigration,
  instanceOf,
  instancesWriting,
  isInstanceUnreadable,
  migrationBy,
  ownerOf,
  vmKeyOf,
  type World,
} from './world.ts';

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
    followsOwnerReferences: driver.capabilities.followsOwnerReferences,
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
    exists: hasMigration(world, uid),
    observed: driver.observeMigration(metadata, uid),
  };
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
  const phase = phaseOf(migrationBy(world, hold.uid), hold);
  return isFinal(phase) ? undefined : { name: status?.migration?.name ?? '', phase };
}

/** One that has not said a phase, or that is gone and of which nothing is seen yet, is taken for preparing. */
function phaseOf(migration: LiveMigration | undefined, { observed }: MigrationHold): MigrationPhase {
  return (migration === undefined ? observed?.phase : migration.status?.phase) ?? 'Preparing';
}

export function observeNodes(world: World): ObservedNode[] {
  return world.nodes.list().map(observeNode);
}
