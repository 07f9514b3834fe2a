import type { InstanceStatus } from '../api/instance.ts';
import { LONGEST_WAIT } from '../domain/backoff.ts';
import { requestHolds, type EvacuationRequest } from '../domain/evacuation/request.ts';
import { untilExpiry } from '../domain/instance/lease.ts';
import type { ReconcileResult } from '../runtime/controller.ts';

/** When to look again because of the lease of a rescue: no event tells that it has expired. `now` is RFC 3339. */
export function nextExpiry(rescue: InstanceStatus['rescue'], now: string): ReconcileResult {
  const after = untilExpiry(rescue, now);
  if (after === undefined) return {};
  return { after: Math.min(after, LONGEST_WAIT), because: 'the lease of the rescue expires' };
}

/** When to look again because of an eviction: no event tells that nobody asks for it any more. `now` in milliseconds. */
export function nextDrainEnd(
  request: Pick<EvacuationRequest, 'requestedAt'> | undefined,
  now: number,
): ReconcileResult {
  const after = request === undefined ? 0 : requestHolds(request, now);
  return after === 0 || after === Infinity ? {} : { after, because: 'the drain may have ended' };
}
