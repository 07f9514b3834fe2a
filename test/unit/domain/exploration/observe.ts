import type { Instance, InstanceSpec } from '../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../src/api/live-migration.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import type { ObservedMigration, ObservedNode, ObservedVm } from '../../../../src/domain/observed.ts';
import { aNode } from '../../../builders/nodes.ts';
import { aRescue } from '../../../builders/instance.ts';
import { aStoredInstance, aStoredMigration } from '../../../builders/observation.ts';
import { anIdentity, aRenderedVm, aRescueSpec, aSpec, INSTANCE_UID } from '../../../builders/vm.ts';
import { NODE_NAMES, THEN, type BackendMigration, type Vm, type World } from './world.ts';

const MIGRATION = aStoredMigration({ spec: { policy: { completionTimeout: '30m' } } });
const BOOTS = { Normal: aRenderedVm(aSpec()).boot, Rescue: aRenderedVm(aRescueSpec()).boot };
const IDENTITY = anIdentity();
const BASE = aStoredInstance();
const SPECS: Readonly<Record<string, InstanceSpec>> = Object.fromEntries(
  [true, false].flatMap((rescue) =>
    (['Running', 'Stopped'] as const).map((powerState) => [
      `${rescue}${powerState}`,
      aSpec({ powerState, ...(rescue ? { rescue: aRescue() } : {}) }),
    ]),
  ),
);

/** What the Instance controller sees of a world (src/controllers/world.ts does it with the real one). */
export function observeInstance(world: World): InstanceObservation {
  const { vm, incapable } = world;
  const node = vm?.guest?.node;
  return {
    instance: instanceOf(world),
    driver: 'memory',
    vm: vm && observeVm(vm),
    vmOwner: undefined,
    node: node && aNode(node, { capable: node === incapable ? 'Neither' : 'Both' }),
    migration: holdOf(world),
    rivals: [],
  };
}

function instanceOf({ spec, status }: World): Instance {
  return {
    ...BASE,
    spec: SPECS[`${spec.rescue}${spec.powerState}`] ?? BASE.spec,
    ...(status === undefined ? {} : { status }),
  };
}

function holdOf({ status, liveMigration, migration }: World): InstanceObservation['migration'] {
  const operation = status?.operation;
  if (operation?.type !== 'Migrate') return undefined;
  const { uid } = operation;
  return { uid, exists: liveMigration?.uid === uid, observed: observedAs(uid, migration) };
}

function observeVm({ mode, power, guest, troubled }: Vm): ObservedVm {
  return {
    uid: 'vm-1',
    ownership: { kind: 'Instance', uid: INSTANCE_UID, deletionPolicy: 'Delete' },
    identity: IDENTITY,
    stored: { boot: BOOTS[mode], power, drift: [] },
    running: guest && {
      bootId: 'boot',
      boot: BOOTS[guest.mode],
      phase: guest.phase,
      node: guest.node,
      notMigratable: undefined,
    },
    trouble: troubled ? { reason: 'BootFailed', message: 'The boot has failed.' } : undefined,
  };
}

/** What the controller of the LiveMigration sees; `undefined`: there is none. */
export function observeMigration(world: World): MigrationObservation | undefined {
  const { liveMigration, status, migration, incapable } = world;
  if (liveMigration === undefined) return undefined;
  const { uid } = liveMigration;
  const operation = status?.operation;
  const heldByOther = operation?.type === 'Migrate' && operation.uid !== uid;
  return {
    migration: migrationOf(liveMigration),
    instance: observeInstance(world),
    nodes: nodesOf(incapable),
    observed: observedAs(uid, migration),
    other: heldByOther ? { name: 'web-1-before', phase: 'Preparing' } : undefined,
    unsupportedFields: [],
    migratesRescued: true,
  };
}

function migrationOf({ uid, abort, status }: NonNullable<World['liveMigration']>): LiveMigration {
  return {
    metadata: { ...MIGRATION.metadata, uid },
    spec: { ...MIGRATION.spec, abort },
    ...(status === undefined ? {} : { status }),
  };
}

function nodesOf(incapable: World['incapable']): ObservedNode[] {
  return NODE_NAMES.map((name) => aNode(name, { capable: name === incapable ? 'Neither' : 'Both' }));
}

function observedAs(uid: string, migration: BackendMigration | undefined): ObservedMigration | undefined {
  if (migration?.uid !== uid) return undefined;
  const { phase, aborting, source, destination } = migration;
  const begun = !['Queued', 'Preparing'].includes(phase);
  return {
    phase,
    aborting: aborting && phase !== 'Succeeded',
    source,
    destination,
    startedAt: begun ? THEN : undefined,
    endedAt: phase === 'Succeeded' || phase === 'Failed' ? THEN : undefined,
    progress: undefined,
    trouble: phase === 'Failed' ? { reason: 'Failed', message: 'It has failed.' } : undefined,
  };
}
