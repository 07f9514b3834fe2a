import { RETRY_UNSETTLED } from '../domain/backoff.ts';
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
