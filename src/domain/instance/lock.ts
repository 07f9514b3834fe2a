import type { InstanceStatus, Operation } from '../../api/instance.ts';
import { decideInstance } from './decide.ts';
import { targetOf, withoutHold, type InstanceObservation } from './observation.ts';
import { nextInstanceStatus } from './status.ts';

/** The status of an Instance whose lock a live migration takes. `now` is RFC 3339. */
export function statusWithMigration(
  observation: InstanceObservation,
  migration: { readonly uid: string; readonly name: string; readonly destination: string | undefined },
  now: string,
): InstanceStatus {
  const { uid, name, destination } = migration;
  const lock: Operation = { type: 'Migrate', uid, startedAt: now };
  const { instance } = observation;
  const status = { observedGeneration: -1, ...instance.status, operation: lock };
  const locked = { ...observation, instance: { ...instance, status } };
  const decision = {
    action: { kind: 'None' },
    lock,
    stalled: undefined,
    awaited: undefined,
    target: targetOf(locked, now),
  } as const;
  const source = observation.vm?.running?.node ?? '';
  return nextInstanceStatus(observation, decision, {
    migration: destination === undefined ? { name, source } : { name, source, destination },
    now,
  });
}

/**
 * The status of an Instance whose lock a live migration gives back: what the Instance controller would write next, so
 * that an edit that was held back is announced in the same write. `now` is RFC 3339.
 */
export function statusAfterMigration(observation: InstanceObservation, now: string): InstanceStatus {
  const released = withoutHold(observation);
  return nextInstanceStatus(released, decideInstance(released, now), { now });
}
