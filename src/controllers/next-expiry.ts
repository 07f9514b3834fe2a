import type { InstanceStatus } from '../api/instance.ts';
import { LONGEST_WAIT } from '../domain/backoff.ts';
import { untilExpiry } from '../domain/instance/lease.ts';
import type { ReconcileResult } from '../runtime/controller.ts';

/** When to look again because of the lease of a rescue: no event tells that it has expired. `now` is RFC 3339. */
export function nextExpiry(rescue: InstanceStatus['rescue'], now: string): ReconcileResult {
  const after = untilExpiry(rescue, now);
  if (after === undefined) return {};
  return { after: Math.min(after, LONGEST_WAIT), because: 'the lease of the rescue expires' };
}
