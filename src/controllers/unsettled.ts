import { RETRY_LEASE, RETRY_UNSETTLED } from '../domain/backoff.ts';
import type { ReconcileResult } from '../runtime/controller.ts';

/** Nothing is decided from a state that an own write, whose answer was lost, may have left behind. */
export const UNSETTLED: ReconcileResult = {
  after: RETRY_UNSETTLED,
  because: 'the cache has not seen yet what became of a status write',
};

/**
 * Somebody has written first. Their event brings us back, and where none comes (an API server may say so of a write that
 * nobody has made), this does.
 */
export const OVERTAKEN: ReconcileResult = {
  after: RETRY_UNSETTLED,
  because: 'somebody else has written first',
};

/**
 * Who may not lead any more decides nothing: a leader that was stopped and wakes up has watches that catch up one after the
 * other, and would write of an Instance as it is what its VM was.
 */
export const LEASE_ENDS: ReconcileResult = { after: RETRY_LEASE, because: 'the lease is about to run out' };
