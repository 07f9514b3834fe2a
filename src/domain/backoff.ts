import type { Failure } from './outcome.ts';

/* Delays after which an object is looked at again without an event. All in milliseconds. */

/** A driver that is busy or away is asked again; what happens meanwhile arrives as an event. */
const RETRY_DRIVER = 5_000;
/** The shortest time between two writes of a migration's progress. */
export const PROGRESS_INTERVAL = 5_000;
/** The longest time that is waited for an instant: clocks are set, and a timer holds 24 days at most. */
export const LONGEST_WAIT = 3_600_000;
/** An order that the driver has taken but that shows no effect is given again. */
export const REPEAT_ORDER = 30_000;
/** A boot that is not over by then, and of which the backend says nothing, is worth a remark. */
export const PATIENCE_WITH_BOOTS = 120_000;

/** A backend that is busy tells when it no longer is; one that is away comes back; a refusal stands until something is changed. */
const LONGEST_RETRY = {
  Busy: RETRY_DRIVER,
  Unavailable: 60_000,
  NotFound: 60_000,
  Rejected: 300_000,
  Unsupported: 300_000,
} as const satisfies Record<Failure['kind'], number>;

/**
 * When to give an order again that has failed: after as long as has passed since the operation began, so that the pauses
 * double without a counter that would have to be kept. `begun` is RFC 3339; `now` in milliseconds since the epoch.
 */
export function retryAfter({ kind }: Failure, begun: string | undefined, now: number): number {
  const elapsed = begun === undefined ? 0 : now - Date.parse(begun);
  return Math.min(Math.max(RETRY_DRIVER, elapsed), LONGEST_RETRY[kind]);
}

/** An anchor that the API server refuses is asked for again: a quota may be free by then. */
export const RETRY_ANCHOR = 15_000;

/** The cache moves on when it is known what became of a write whose answer was lost; should that be missed, after this. */
export const RETRY_UNSETTLED = 1_000;

/** Who may not act because the lease is about to run out looks again: it may be renewed. */
export const RETRY_LEASE = 1_000;
