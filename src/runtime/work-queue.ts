/**
 * Keys to work on, as client-go's work queue has them. A key waits once, however often it is added; nobody else gets a key
 * that somebody works on; what is added meanwhile comes again afterwards. So events are never lost and never pile up,
 * and two workers never meet on one object.
 */
import { exponential } from './back-off.ts';
import { systemClock } from './clock.ts';
import type { CancelTimer, Clock } from './clock.ts';

export interface WorkQueueOptions {
  readonly clock?: Clock;
  /** Pause after the first failure of a key; doubles with each. Default 5 ms. */
  readonly firstRetryMs?: number;
  /** Default 1000 s. */
  readonly longestRetryMs?: number;
}

/** What a queue was given so far; counters for metrics. */
export interface WorkQueueStats {
  /** Keys that began to wait, each once however often it was added meanwhile. */
  adds: number;
  /** Those of them that came back after a failure. */
  retries: number;
}

/** A key that a worker has taken. */
export interface TakenKey {
  readonly key: string;
  /** How long it waited for a worker, in milliseconds. */
  readonly waited: number;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #firstRetryMs: number;
  readonly #longestRetryMs: number;
  readonly stats: WorkQueueStats = { adds: 0, retries: 0 };
  /** In order of arrival, each with the time of it. */
  readonly #waiting = new Map<string, number>();
  /** Each with the time when a worker took it. */
  readonly #processing = new Map<string, number>();
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { readonly due: number; readonly cancel: CancelTimer }>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<(taken: TakenKey) => void>();

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#firstRetryMs = options.firstRetryMs ?? 5;
    this.#longestRetryMs = options.longestRetryMs ?? 1_000_000;
  }

  /** Keys that wait for a worker now; those being worked on and the delayed ones do not count. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Whether no key waits for a worker or is being worked on; delayed ones do not count. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#processing.size === 0;
  }

  /** How long each key that is being worked on has been, in milliseconds. */
  processingTimes(): number[] {
    const now = this.#clock.monotonic();
    return [...this.#processing.values()].map((since) => now - since);
  }

  add(key: string): void {
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.stats.adds += 1;
    const now = this.#clock.monotonic();
    const [taker] = this.#takers;
    if (taker === undefined) {
      this.#waiting.set(key, now);
      return;
    }
    this.#takers.delete(taker);
    this.#processing.set(key, now);
    taker({ key, waited: 0 });
  }

  /** Adds the key after `ms`, unless it is to be added sooner already. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) {
      return;
    }
    earlier?.cancel();
    const cancel = this.#clock.setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, ms);
    this.#delayed.set(key, { due, cancel });
  }

  /** The next key, or undefined when the signal is aborted. Each key taken must be given to done(). */
  take(signal: AbortSignal): Promise<TakenKey | undefined> {
    if (signal.aborted) {
      return Promise.resolve(undefined);
    }
    const [first] = this.#waiting;
    if (first === undefined) {
      return this.#wait(signal);
    }
    const [key, since] = first;
    const now = this.#clock.monotonic();
    this.#waiting.delete(key);
    this.#processing.set(key, now);
    return Promise.resolve({ key, waited: now - since });
  }

  /** The key may be taken again; if it was added meanwhile it waits at once. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) {
      this.add(key);
    }
  }

  /** Adds the key after the back-off of one more failure; returns that in milliseconds. */
  retry(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.stats.retries += 1;
    const pause = exponential(failures, this.#firstRetryMs, this.#longestRetryMs);
    this.addAfter(key, pause);
    return pause;
  }

  /** The key succeeded: its next failure is a first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Cancels the timers of delayed keys, so that nothing keeps the process alive. */
  close(): void {
    for (const { cancel } of this.#delayed.values()) {
      cancel();
    }
    this.#delayed.clear();
  }

  #wait(signal: AbortSignal): Promise<TakenKey | undefined> {
    return new Promise((resolve) => {
      const abort = (): void => {
        this.#takers.delete(taker);
        resolve(undefined);
      };
      const taker = (taken: TakenKey): void => {
        signal.removeEventListener('abort', abort);
        resolve(taken);
      };
      this.#takers.add(taker);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
