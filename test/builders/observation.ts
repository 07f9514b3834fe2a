import { Instance, type InstanceStatus } from '../../src/api/instance.ts';
import { LiveMigration, type LiveMigrationStatus } from '../../src/api/live-migration.ts';
import type { InstanceObservation } from '../../src/domain/instance/observation.ts';
import type { MigrationObservation } from '../../src/domain/live-migration/observation.ts';
import type { ObservedMigration } from '../../src/domain/observed.ts';
import { anInstance } from './instance.ts';
import { aLiveMigration, type LiveMigrationOptions } from './live-migration.ts';
import { aNode } from './nodes.ts';
import { anObservedVm, INSTANCE_UID, type SpecFields } from './vm.ts';

/** uid of the LiveMigration that the builders speak of. */
export const MIGRATION_UID = '6f1f6a52-54f5-4d1c-9d0b-7e1d6c0f9a01';

/** An instant at which tables may happen. */
export const NOW = '2026-11-23T10:00:00.000Z';
export const NOW_MS = Date.parse(NOW);

/** When LiveMigrations are made: after their Instance. */
const AFTERWARDS = '2026-11-23T09:30:00Z';
const BOOKKEEPING = { resourceVersion: '7', generation: 1, creationTimestamp: '2026-11-23T09:00:00Z' };

export interface StoredInstanceOptions {
  readonly spec?: SpecFields;
  readonly status?: InstanceStatus | undefined;
  readonly metadata?: Partial<Instance['metadata']>;
}

/** An Instance as it is read from the API server, named `web-1` in `default`. */
export function aStoredInstance({ spec, status, metadata }: StoredInstanceOptions = {}): Instance {
  const manifest = anInstance(spec === undefined ? {} : { spec });
  return Instance.parse({
    ...manifest,
    metadata: { ...manifest.metadata, uid: INSTANCE_UID, ...BOOKKEEPING, ...metadata },
    status,
  });
}

export interface StoredMigrationOptions {
  readonly spec?: LiveMigrationOptions['spec'];
  readonly status?: LiveMigrationStatus | undefined;
  readonly metadata?: Partial<LiveMigration['metadata']>;
}

/** A LiveMigration as it is read from the API server, named `web-1-away` in `default`. */
export function aStoredMigration({ spec, status, metadata }: StoredMigrationOptions = {}): LiveMigration {
  const manifest = aLiveMigration(spec === undefined ? {} : { spec });
  return LiveMigration.parse({
    ...manifest,
    metadata: {
      ...manifest.metadata,
      uid: MIGRATION_UID,
      ...BOOKKEEPING,
      creationTimestamp: AFTERWARDS,
      ...metadata,
    },
    status,
  });
}

/** A settled status: it was observed once, and nobody holds the lock. */
export function aStatus(fields: Partial<InstanceStatus> = {}): InstanceStatus {
  return { observedGeneration: 1, state: 'Running', ...fields };
}

export function anOperation(
  type: NonNullable<InstanceStatus['operation']>['type'],
): NonNullable<InstanceStatus['operation']> {
  return { type, uid: type === 'Migrate' ? MIGRATION_UID : INSTANCE_UID, startedAt: NOW };
}

/** A running Instance that was observed before; the fields given replace what is known of it. */
export function anInstanceObservation(fields: Partial<InstanceObservation> = {}): InstanceObservation {
  return {
    instance: aStoredInstance({ status: aStatus() }),
    driver: 'memory',
    vm: anObservedVm(),
    vmOwner: undefined,
    node: aNode('node-a'),
    migration: undefined,
    rivals: [],
    placement: undefined,
    followsOwnerReferences: true,
    ...fields,
  };
}

/** A LiveMigration of a running Instance on three capable nodes that the driver knows nothing of yet. */
export function aMigrationObservation(fields: Partial<MigrationObservation> = {}): MigrationObservation {
  return {
    migration: aStoredMigration(),
    instance: anInstanceObservation(),
    nodes: [aNode('node-a'), aNode('node-b'), aNode('node-c')],
    observed: undefined,
    other: undefined,
    unsupportedFields: [],
    migratesRescued: true,
    destination: undefined,
    ...fields,
  };
}

/** A migration that the driver is transferring from node-a to node-b. */
export function anObservedMigration(fields: Partial<ObservedMigration> = {}): ObservedMigration {
  return {
    phase: 'Running',
    aborting: false,
    source: 'node-a',
    destination: 'node-b',
    startedAt: NOW,
    endedAt: undefined,
    progress: undefined,
    trouble: undefined,
    ...fields,
  };
}
