/**
 * Time, as a parameter. Everything in the runtime that waits or measures does it through a Clock, so that tests can own
 * the time: no test sleeps. `now` is for people (timestamps); whatever compares durations uses `monotonic`, because the
 * wall clock may jump.
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls back once after `ms`, unless cancelled. */
  setTimeout(callback: () => void, ms: number): CancelTimer;
}

export type CancelTimer = () => void;

/** Node fires a longer timer at once: 2^31 - 1 ms, about 24 days. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `ms`, or at once when the signal is aborted: a sleeper that is woken for the end is no error. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
