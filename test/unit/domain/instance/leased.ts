import type { InstanceStatus } from '../../../../src/api/instance.ts';
import { leaseOf } from '../../../../src/domain/instance/lease.ts';
import { aRescue } from '../../../builders/instance.ts';
import { aStatus, aStoredInstance } from '../../../builders/observation.ts';
import { aRescueSpec, type SpecFields } from '../../../builders/vm.ts';

export type RescueFields = Parameters<typeof aRescue>[0];
export type Record = NonNullable<InstanceStatus['rescue']>;

export const SINCE = '2026-11-23T09:00:00.000Z';
export const LATER = '2026-11-23T11:00:00.000Z';

/** What must be there, for the tests that follow to say anything. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing is there');
  return value;
}

export const rescueOf = (fields: RescueFields) => present(aRescueSpec(fields).rescue);

/** What is stored of a rescue that was begun at `SINCE`. */
export function aRecord(fields: RescueFields, more: Partial<Record> = {}): Record {
  const { session, since, image } = present(leaseOf(instance(fields, undefined), SINCE).record);
  return { since, image, session, ...more };
}

/** What is stored of one that has expired. */
export function anExpired(fields: RescueFields): Record {
  return present(leaseOf(instance(fields, aRecord(fields)), LATER).record);
}

export function instance(
  rescue: RescueFields | undefined,
  record: Record | undefined,
  operation?: InstanceStatus['operation'],
) {
  const spec: SpecFields = rescue === undefined ? {} : { rescue: aRescue(rescue) };
  const status = aStatus({
    ...(record === undefined ? {} : { rescue: record }),
    ...(operation === undefined ? {} : { operation }),
  });
  return aStoredInstance({ spec, status });
}
