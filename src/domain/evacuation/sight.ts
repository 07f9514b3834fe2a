import type { Prospect } from './prospect.ts';
import { requestHolds, type EvacuationRequest } from './request.ts';

/** What is known of a VM whose eviction was asked for. */
export interface EvacuationSight {
  readonly request: EvacuationRequest;
  /** Whether its node is cordoned, as a drain does first. */
  readonly cordoned: boolean;
  readonly prospect: Prospect;
}

/** Whether the VM is to leave its node now. `now` in milliseconds since the epoch. */
export function isAskedToLeave({ request, cordoned }: EvacuationSight, now: number): boolean {
  return cordoned && requestHolds(request, now) > 0;
}
