/* Delays after which an object is looked at again without an event. All in milliseconds. */

/** A driver that is busy or away is asked again; what happens meanwhile arrives as an event. */
export const RETRY_DRIVER = 5_000;
/** The shortest time between two writes of a migration's progress. */
export const PROGRESS_INTERVAL = 5_000;
/** An order that the driver has taken but that shows no effect is given again. */
export const REPEAT_ORDER = 30_000;

/** Who may not act because the lease is about to run out looks again: it may be renewed. */
export const RETRY_LEASE = 1_000;
