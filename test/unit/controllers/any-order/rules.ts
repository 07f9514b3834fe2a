import type { Instance, Operation, ResolvedIdentity } from '../../../../src/api/instance.ts';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../../src/api/names.ts';
import { resolveIdentity } from '../../../../src/domain/identity.ts';
import { rescueAskedFor } from '../../../../src/domain/instance/lease.ts';
import { sameBoot } from '../../../../src/domain/instance/observation.ts';
import { isFinal } from '../../../../src/domain/live-migration/decide.ts';
import { renderVm } from '../../../../src/domain/vm.ts';
import type { World } from '../../../../src/controllers/world.ts';
import type { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { jsonEqual } from '../../../../src/kube/json-equal.ts';
import { formatKey } from '../../../../src/kube/resource.ts';
import type { Order } from './watched-driver.ts';

type Of<K extends Order['kind']> = Extract<Order, { kind: K }>;

export interface Scene {
  readonly world: World;
  readonly driver: MemoryDriver;
}

/** The spec as it is in force: without its rescue where the lease of just that rescue has ended it, as is stored. */
export function inForce({ spec, status }: Instance): Instance['spec'] {
  if (spec.rescue === undefined || rescueAskedFor(spec, status?.rescue) !== undefined) return spec;
  const { rescue: _, ...own } = spec;
  return status?.rescue?.expired?.action === 'Stop' ? { ...own, powerState: 'Stopped' } : own;
}

/** Rules 1, 3, 4, 5 and 9 of product.md, of an order that is about to be carried out: what it breaks. */
export function brokenBy(order: Order, scene: Scene): (string | undefined)[] {
  switch (order.kind) {
    case 'Define':
      return [brokenByRendering(order, scene), ...brokenByBoot(order, scene)];
    case 'Restart':
      return [brokenByRestart(order, scene), ...brokenByBoot(order, scene)];
    case 'Remove':
      return [brokenByRemoval(order, scene)];
    case 'Migrate':
      return [brokenByMigration(order, scene), brokenByGate(order, scene)];
    case 'Abort':
      return [isLocked(order, scene) ? undefined : 'a migration is aborted that does not hold the lock'];
    case 'Claim':
      return [];
  }
}

function instanceOf({ key }: Order, { world }: Scene): Instance | undefined {
  return world.instances.get(formatKey(key));
}

/** Whose it is counts, not its name: what an Instance has left goes before another one of that name gets its own. */
function brokenByRemoval(order: Of<'Remove'>, scene: Scene): string | undefined {
  const ownership = scene.driver.observe(order.key)?.ownership;
  const owner = ownership?.kind === 'Instance' ? ownership.uid : undefined;
  return owner !== undefined && instanceOf(order, scene)?.metadata.uid === owner
    ? 'the VM of an Instance that is there is removed'
    : undefined;
}

function brokenByBoot(order: Of<'Define' | 'Restart'>, scene: Scene): (string | undefined)[] {
  const instance = instanceOf(order, scene);
  const lock = instance?.status?.operation;
  const isHeld = lock !== undefined && lock.type !== 'Migrate' && lock.uid === instance?.metadata.uid;
  const moving = scene.world.migrations
    .list()
    .some(({ metadata }) => isMoving(scene.driver.observeMigration(order.key, metadata.uid)?.phase));
  return [
    isHeld ? undefined : `${order.kind} is ordered while the lock is ${lock?.type ?? 'free'}`,
    moving ? `a VM that is being migrated is told to ${order.kind}` : undefined,
  ];
}

function isMoving(phase: string | undefined): boolean {
  return phase !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** The VM is rendered from the stored spec alone, with an identity that never changes. */
function brokenByRendering(order: Of<'Define'>, scene: Scene): string | undefined {
  const instance = instanceOf(order, scene);
  if (instance === undefined) return 'the VM of an Instance that is gone is defined';
  const spec = inForce(instance);
  const known = scene.driver.observe(order.key)?.identity;
  const identity = identityOf(instance, known);
  const isKept = known === undefined || known.firmwareUUID === order.vm.identity.firmwareUUID;
  if (!isKept) return 'a VM gets another identity';
  const power = isWantedOn(spec) ? 'On' : 'Off';
  if (order.power !== power) return `the VM is stored ${order.power}, and should be ${power}`;
  return jsonEqual(order.vm, renderVm(spec, identity, spec.rescue))
    ? undefined
    : 'the VM is not what the stored spec renders';
}

/** As its guest has seen it, with what networks that were added since are given. */
export function identityOf(
  { metadata, spec, status }: Instance,
  ofVm: ResolvedIdentity | undefined,
): ResolvedIdentity {
  return resolveIdentity({ uid: metadata.uid, spec, frozen: status?.resolved?.identity, ofVm });
}

export function isWantedOn({ rescue, powerState }: Instance['spec']): boolean {
  return rescue !== undefined || powerState === 'Running';
}

function brokenByRestart({ key, bootId }: Of<'Restart'>, { driver }: Scene): string | undefined {
  const vm = driver.observe(key);
  const running = vm?.running?.bootId === bootId ? vm.running : undefined;
  return vm && running && sameBoot(running.boot, vm.stored.boot)
    ? 'a VM that is booted as asked is restarted'
    : undefined;
}

function isLocked({ key, migrationUid }: Of<'Migrate' | 'Abort'>, { world }: Scene): boolean {
  const instance = world.instances.get(formatKey(key));
  // Nobody holds the lock of one that is gone.
  return instance === undefined || instance.status?.operation?.uid === migrationUid;
}

function brokenByMigration(order: Of<'Migrate'>, scene: Scene): string | undefined {
  const { migrationUid, key, completion } = order;
  if (!isLocked(order, scene)) return 'a migration is ordered without the lock';
  const migration = scene.world.migrations.list().find(({ metadata }) => metadata.uid === migrationUid);
  if (migration !== undefined && isFinal(migration.status?.phase))
    return 'a migration is ordered for a LiveMigration that has ended';
  const again = scene.driver.observeMigration(key, migrationUid) !== undefined && completion === undefined;
  return again ? 'a migration is ordered twice' : undefined;
}

/** A rescued VM is only sent from where, and to where, that is supported. */
function brokenByGate(
  { key, destinationLabels }: Of<'Migrate'>,
  { world, driver }: Scene,
): string | undefined {
  const running = driver.observe(key)?.running;
  if (running?.boot.mode !== 'Rescue') return undefined;
  const source = world.nodes.get(running.node ?? '')?.metadata.labels[SOURCE_LABEL];
  if (source !== 'true') return 'a rescued VM is sent from a node that is not capable';
  return destinationLabels[DESTINATION_LABEL] === 'true'
    ? undefined
    : 'a rescued VM is sent without asking for a capable node';
}

/** Rule 3 of a status write: whether a lock is given back, or handed on, too soon. */
export function brokenByRelease(before: Instance, after: Instance, { driver }: Scene): string | undefined {
  const held = before.status?.operation;
  const isKept = held === undefined || after.status?.operation?.uid === held.uid;
  if (isKept || before.metadata.uid !== after.metadata.uid) return undefined;
  return isUnderWay(held, before, driver) ? `the lock of ${held.type} is given back too soon` : undefined;
}

function isUnderWay({ type, uid }: Operation, { metadata }: Instance, driver: MemoryDriver): boolean {
  if (type === 'Migrate') return isMoving(driver.observeMigration(metadata, uid)?.phase);
  const running = driver.observe(metadata)?.running;
  return running !== undefined && running.phase !== 'Running';
}
