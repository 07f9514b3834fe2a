import type { InstanceStatus } from '../../../../src/api/instance.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { aRescue } from '../../../builders/instance.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  NOW,
  NOW_MS,
  type StoredMigrationOptions,
} from '../../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../../builders/vm.ts';

/** What is different from a LiveMigration of a running Instance that the driver knows nothing of. */
export interface Situation extends Partial<Omit<MigrationObservation, 'migration' | 'instance'>> {
  readonly migration?: StoredMigrationOptions;
  /** Default: the lock is free. */
  readonly lock?: NonNullable<InstanceStatus['operation']>;
  readonly vm?: ObservedVm | undefined;
  /** Default: it was observed before. */
  readonly instance?: InstanceObservation | undefined;
}

/** The lock, held by the LiveMigration, and by another one. */
export const OURS = anOperation('Migrate');
export const THEIRS = { ...OURS, uid: 'another-migration' };
export const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });

/** What the controller of the LiveMigration sees of a situation. */
export function observe({ migration, lock, instance, vm, ...fields }: Situation): MigrationObservation {
  const status = aStatus(lock === undefined ? {} : { operation: lock });
  const stored = aStoredInstance({ status, ...(vm === RESCUED_VM ? { spec: { rescue: aRescue() } } : {}) });
  const observed = anInstanceObservation({ instance: stored, vm: vm ?? anObservedVm() });
  return aMigrationObservation({
    migration: aStoredMigration(migration),
    instance: instance ?? observed,
    ...fields,
  });
}

/** The driver was seen at work on it. */
export const SEEN = {
  status: { observedGeneration: 1, phase: 'Running' as const, attempts: 1, startTime: NOW },
};
export const ABORT = { spec: { abort: true } };
/** More than half an hour after `NOW`. */
export const LATE = NOW_MS + 31 * 60_000;
