/**
 * Growing pauses between attempts. Exponential, because what fails twice is likely to fail a third time; with jitter where
 * many clients wait for the same server, so that they don't come back together.
 */
export interface BackOffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Up to this part is added at random: 1 doubles at most. Default 0. */
  readonly jitter?: number;
  /** In [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
}

/** Pause before attempt number `failures` + 1; doubles with each failure. */
export function exponential(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(failures, 1000), longestMs);
}

export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure; returns how long to wait, in milliseconds. */
  next(): number {
    const { firstMs, longestMs, jitter = 0, random = Math.random } = this.#options;
    const pause = exponential(this.#failures, firstMs, longestMs);
    this.#failures += 1;
    return Math.min(pause * (1 + jitter * random()), longestMs);
  }

  reset(): void {
    this.#failures = 0;
  }
}
