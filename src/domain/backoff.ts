/* Delays after which an object is looked at again without an event. All in milliseconds. */

/** A driver that is busy or away is asked again; what happens meanwhile arrives as an event. */
export const RETRY_DRIVER = 5_000;
/** The shortest time between two writes of a migration's progress. */
export const PROGRESS_INTERVAL = 5_000;
/** The longest time that is waited for an instant: clocks are set, and a timer holds 24 days at most. */
export const LONGEST_WAIT = 3_600_000;
/** An order that the driver has taken but that shows no effect is given again. */
export const REPEAT_ORDER = 30_000;
