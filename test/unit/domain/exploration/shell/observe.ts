import type { Instance } from '../../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../../src/api/live-migration.ts';
import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
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
import { anIdentity, INSTANCE_UID } from '../../../../builders/vm.ts';
import { THEN } from '../world/numbering.ts';
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
const IDENTITY = anIdentity();

/** What the Instance controller makes of what it sees (src/controllers/world.ts does it with the real caches). */
export function observeInstance(view: World): InstanceObservation | undefined {
  const { instance, vm, guest, incapable } = view;
  if (instance === undefined) return undefined;
  const node = vm && guest?.node;
  return {
    instance: instanceOf(instance),
    driver: 'memory',
    vm: vm && observeVm(vm, view),
    vmOwner: undefined,
    node: node && observeNode(node, incapable),
    migration: holdOf(view),
    rivals: [],
  };
}

function instanceOf({ spec, deleting, status }: StoredInstance): Instance {
  const deletion = deleting ? { deletionTimestamp: THEN } : {};
  return {
    metadata: { ...INSTANCE.metadata, ...deletion },
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

function observeVm({ uid, owner, boot, power, troubled }: Vm, view: World): ObservedVm {
  const { guest } = view;
  return {
    uid,
    ownership:
      owner === 'Ours'
        ? { kind: 'Instance', uid: INSTANCE_UID, deletionPolicy: 'Delete' }
        : { kind: 'Nobody' },
    identity: IDENTITY,
    writes: [],
    stored: { boot, power, drift: [] },
    running: guest && { ...guest, notMigratable: undefined },
    trouble: troubled ? { reason: 'BootFailed', message: 'The boot has failed.' } : undefined,
    migrations: unfinished(view),
  };
}

function unfinished(view: World): UnfinishedMigration[] {
  const { migration } = view;
  if (migration === undefined || !isActive(migration)) return [];
  const { uid, name, source, destination } = migration;
  const phase = shownPhase(view, migration);
  return [
    { uid, name, kind: 'Migration', madeFor: 'LiveMigration', phase, source, destination, createdAt: THEN },
  ];
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
    nodes: nodes.map((name) => observeNode(name, view.incapable)),
    observed: observedAs(uid, view),
    other: otherThan(uid, view),
    unsupportedFields: [],
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

function observeNode(name: NodeName, incapable: readonly NodeName[]): ObservedNode {
  return aNode(name, { capable: incapable.includes(name) ? 'Neither' : 'Both' });
}

function observedAs(uid: string, view: World): ObservedMigration | undefined {
  const { migration } = view;
  if (migration?.uid !== uid) return undefined;
  const { aborting, source, destination } = migration;
  const phase = shownPhase(view, migration);
  const over = phase === 'Succeeded' || phase === 'Failed';
  return {
    phase,
    aborting: aborting && migration.phase !== 'Succeeded',
    source,
    destination,
    startedAt: phase === 'Queued' || phase === 'Preparing' ? undefined : THEN,
    endedAt: over ? THEN : undefined,
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
