import type { InstanceStatus, Operation } from '../../../../src/api/instance.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { aRescue } from '../../../builders/instance.ts';
import {
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  MIGRATION_UID,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aRescueSpec, type SpecFields } from '../../../builders/vm.ts';

export const BEFORE = '2026-11-23T09:00:00.000Z';
export const RESCUE = { rescue: aRescue() };
export const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });

export interface Situation extends Partial<Omit<InstanceObservation, 'instance'>> {
  readonly spec?: SpecFields;
  readonly status?: Partial<InstanceStatus>;
  readonly lock?: Operation['type'];
  readonly outcome?: Outcome;
}

export function statusOf(situation: Situation): InstanceStatus {
  const { spec = {}, status, lock, outcome = NOTHING_DONE, ...fields } = situation;
  const operation = lock === undefined ? {} : { operation: anOperation(lock) };
  const instance = aStoredInstance({
    spec,
    status: aStatus({ ...status, ...operation }),
    metadata: { generation: 3 },
  });
  const observation = anInstanceObservation({ ...fields, instance });
  return nextInstanceStatus(observation, decideInstance(observation, NOW), { outcome, now: NOW });
}

/** Conditions in a line each: type, status, reason. */
export function brief({ conditions }: InstanceStatus): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

export function message({ conditions }: InstanceStatus, type: string): string | undefined {
  return conditions?.find((condition) => condition.type === type)?.message;
}

export const MIGRATING: Situation = {
  lock: 'Migrate',
  status: { migration: { name: 'web-1-away', source: 'node-a' } },
  migration: { uid: MIGRATION_UID, exists: true, observed: anObservedMigration() },
};
