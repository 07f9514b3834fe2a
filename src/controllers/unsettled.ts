import { RETRY_UNSETTLED } from '../domain/backoff.ts';
import type { ReconcileResult } from '../runtime/controller.ts';

/** Nothing is decided from a state that an own write, whose answer was lost, may have left behind. */
export const UNSETTLED: ReconcileResult = {
  after: RETRY_UNSETTLED,
  because: 'the cache has not seen yet what became of a status write',
};
