import type { CancelTimer, Clock } from '../../src/runtime/clock.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #epoch: number;
  readonly #timers = new Set<Timer>();

  /** @param epoch what `now()` says at the start, in milliseconds since the epoch */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(callback: () => void, ms: number): CancelTimer {
    const timer = { due: this.#elapsed + Math.max(ms, 0), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Time that passes while the process is stopped: nothing fires. */
  jump(ms: number): void {
    this.#elapsed += ms;
  }

  /** The wall clock is set, forward or back. */
  step(ms: number): void {
    this.#epoch += ms;
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds from now until the next timer, undefined when there is none. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : Math.max(next.due - this.#elapsed, 0);
  }

  /** Lets `ms` pass: fires what is due, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(); timer !== undefined && timer.due <= end; timer = this.#next()) {
      this.#elapsed = Math.max(this.#elapsed, timer.due);
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#elapsed = end;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.due < next.due) {
        next = timer;
      }
    }
    return next;
  }
}

/** Lets everything run that waits for a promise only. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
