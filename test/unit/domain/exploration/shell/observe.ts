import type { Instance, ResolvedIdentity } from '../../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../../src/api/live-migration.ts';
import { ADOPT_ANNOTATION } from '../../../../../src/api/names.ts';
import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { foreignMigration } from '../../../../../src/controllers/observe.ts';
import { rivalOf, type DiskRival } from '../../../../../src/domain/instance/disk-rivals.ts';
import { writableDisks } from '../../../../../src/domain/instance/writable-disks.ts';
import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../../../../src/domain/live-migration/observation.ts';
import type {
  ObservedMigration,
  ObservedNode,
  ObservedVm,
  UnfinishedMigration,
} from '../../../../../src/domain/observed.ts';
import { aNode } from '../../../../builders/nodes.ts';
import { aStoredInstance, aStoredMigration } from '../../../../builders/observation.ts';
import { anIdentity } from '../../../../builders/vm.ts';
import { seen } from '../world/stale.ts';
import { instantAt, THEN } from '../world/numbering.ts';
import {
  isActive,
  lockOf,
  migrationWith,
  type BackendMigration,
  type NodeName,
  type Parts,
  type StoredInstance,
  type StoredMigration,
  type Vm,
  type World,
} from '../world/world.ts';

const MIGRATION = aStoredMigration({ spec: { policy: { completionTimeout: '30m' } } });
const INSTANCE = aStoredInstance();
/** Nobody in this world changes the disks, so a VM writes to the same whenever it was booted. */
const WRITES = writableDisks(INSTANCE);

/** What the Instance controller makes of what it sees (src/controllers/world.ts does it with the real caches). */
export function observeInstance(view: World): InstanceObservation | undefined {
  const { instance, vm, guest } = view;
  if (instance === undefined) return undefined;
  const node = vm && guest?.node;
  return {
    instance: instanceOf(instance),
    driver: 'memory',
    vm: observeVm(view),
    vmOwner: undefined,
    node: node && observeNode(node, view),
    migration: holdOf(view),
    rivals: rivalsOf(view),
    placement: undefined,
    followsOwnerReferences: true,
  };
}

/** The other Instance, or what is left of it as long as its VM may run. */
export function rivalsOf({ instance, rival }: World): DiskRival[] {
  if (instance === undefined || rival === undefined) return [];
  const view = seen(rival);
  const { namespace, name } = INSTANCE.metadata;
  const other = view.instance && instanceOf(view.instance);
  const vm = observeVm(view);
  const found = rivalOf(instanceOf(instance), { namespace, name, instance: other, vm });
  return found === undefined ? [] : [found];
}

function instanceOf({ uid, spec, deleting, adopts, status }: StoredInstance): Instance {
  const deletion = deleting ? { deletionTimestamp: THEN } : {};
  const annotations = adopts ? { annotations: { [ADOPT_ANNOTATION]: 'true' } } : {};
  return {
    metadata: { ...INSTANCE.metadata, uid, ...annotations, ...deletion },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

function holdOf(view: World): InstanceObservation['migration'] {
  const operation = lockOf(view);
  if (operation?.type !== 'Migrate') return undefined;
  const { uid } = operation;
  return {
    uid,
    exists: migrationWith(uid, view) !== undefined,
    observed: observedAs(uid, view),
  };
}

/** Where none is seen, the one that may be there, for all that is known. */
function observeVm(view: World): ObservedVm | undefined {
  const { ordered, guest } = view;
  const vm = view.vm ?? ordered;
  if (vm === undefined) return undefined;
  const { uid, boot, power, identity, troubled } = vm;
  return {
    uid,
    ownership: ownershipOf(vm),
    identity: identityFrom(identity),
    writes: WRITES,
    stored: { boot, power, drift: [] },
    mayRun: power === 'Off' && ordered !== undefined,
    running: guest && { ...guest, notMigratable: undefined },
    trouble: troubled ? { reason: 'BootFailed', message: 'The boot has failed.' } : undefined,
    migrations: unfinished(view),
  };
}

function ownershipOf({ owner, policy }: Vm): ObservedVm['ownership'] {
  return owner === undefined ? { kind: 'Nobody' } : { kind: 'Instance', uid: owner, deletionPolicy: policy };
}

const identities = new Map<string, ResolvedIdentity>();

/** The identity that is derived from a uid. */
function identityFrom(uid: string): ResolvedIdentity {
  const known = identities.get(uid) ?? anIdentity(INSTANCE.spec, uid);
  identities.set(uid, known);
  return known;
}

function unfinished(view: World): UnfinishedMigration[] {
  const { migration, foreign } = view;
  return [...unfinishedOf('LiveMigration', migration, view), ...unfinishedOf('SomebodyElse', foreign, view)];
}

function unfinishedOf(
  madeFor: UnfinishedMigration['madeFor'],
  migration: BackendMigration | undefined,
  view: World,
): UnfinishedMigration[] {
  if (migration === undefined || !isActive(migration)) return [];
  const { uid, name, source, destination } = migration;
  const phase = shownPhase(view, migration);
  return [{ uid, name, kind: 'Migration', madeFor, phase, source, destination, createdAt: THEN }];
}

/** What the controller of a LiveMigration sees. */
export function observeMigration(
  view: World,
  liveMigration: StoredMigration,
  nodes: readonly NodeName[],
): MigrationObservation {
  const { uid } = liveMigration;
  const instance = observeInstance(view);
  return {
    migration: migrationOf(liveMigration),
    instance,
    nodes: nodes.flatMap((name) => observeNode(name, view) ?? []),
    observed: observedAs(uid, view),
    other: (instance && foreignMigration(instance)) ?? otherThan(uid, view),
    unsupportedFields: [],
    destination: undefined,
    migratesRescued: true,
  };
}

function otherThan(uid: string, view: Parts): MigrationObservation['other'] {
  const lock = lockOf(view);
  if (lock?.type !== 'Migrate' || lock.uid === uid) return undefined;
  const phase = migrationWith(lock.uid, view)?.status?.phase ?? 'Preparing';
  return isFinal(phase) ? undefined : { name: 'web-1-before', phase };
}

function migrationOf({ uid, abort, status }: StoredMigration): LiveMigration {
  return {
    metadata: { ...MIGRATION.metadata, uid },
    spec: { ...MIGRATION.spec, abort },
    ...(status === undefined ? {} : { status }),
  };
}

function observeNode(name: NodeName, { incapable, lost }: Parts): ObservedNode | undefined {
  const loss = lost[name];
  if (loss === 'Deleted') return undefined;
  return aNode(name, {
    capable: incapable.includes(name) ? 'Neither' : 'Both',
    reachable: loss === undefined,
    fenced: loss === 'OutOfService',
  });
}

function observedAs(uid: string, view: World): ObservedMigration | undefined {
  const migration = [view.migration, view.foreign].find((known) => known?.uid === uid);
  if (migration === undefined) return undefined;
  const { aborting, source, destination, begun, ended } = migration;
  const phase = shownPhase(view, migration);
  const over = phase === 'Succeeded' || phase === 'Failed';
  return {
    phase,
    aborting: aborting && migration.phase !== 'Succeeded',
    source,
    destination,
    startedAt: begun === undefined ? undefined : instantAt(begun),
    endedAt: over && ended !== undefined ? instantAt(ended) : undefined,
    progress: undefined,
    trouble: phase === 'Failed' ? { reason: 'Failed', message: 'It has failed.' } : undefined,
  };
}

function shownPhase(view: World, migration: BackendMigration): BackendMigration['phase'] {
  const { phase } = migration;
  return phase === 'Succeeded' && !hasArrived(view, migration) ? 'Completing' : phase;
}

/** A driver tells of a success when it has seen the guest on its destination (see drivers/kubevirt/observe-migration.ts). */
function hasArrived({ guest, stale }: World, { destination }: BackendMigration): boolean {
  return guest === undefined || guest.node === destination || stale.guest === undefined;
}
