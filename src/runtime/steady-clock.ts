/**
 * The wall clock, but for steps that do not last. What counts on it ends rescues and takes capabilities from nodes, and a
 * clock that is wrong for a moment (a time server that was wrong, a machine that was moved) must not bring that about. So a
 * step is believed when it has stayed for minutes; until then time goes on as the monotonic clock does
 * (docs/adr/0060-clocks-that-jump.md).
 */
import { systemClock, type CancelTimer, type Clock } from './clock.ts';

/** What differs by less is no step: clocks are slewed, and set right by a little. Milliseconds. */
const TOLERANCE = 10_000;
/** A step that has lasted so long is the right time. Milliseconds. */
const BELIEVED_AFTER = 300_000;

export interface SteadyClockOptions {
  readonly clock?: Clock;
  /** Told once of each step that is not believed yet. */
  readonly onStep?: (milliseconds: number) => void;
}

export class SteadyClock implements Clock {
  readonly #source: Clock;
  readonly #onStep: SteadyClockOptions['onStep'];
  /** From the monotonic to the wall clock. */
  #offset: number;
  /** One that is not believed yet, and since when, by the monotonic clock. */
  #doubted: { readonly offset: number; readonly since: number } | undefined;

  constructor({ clock = systemClock, onStep }: SteadyClockOptions = {}) {
    this.#source = clock;
    this.#onStep = onStep;
    this.#offset = clock.now() - clock.monotonic();
  }

  now(): number {
    const at = this.#source.monotonic();
    const offset = this.#source.now() - at;
    if (isNear(offset, this.#offset) || this.#hasLasted(offset, at)) {
      this.#offset = offset;
      this.#doubted = undefined;
    }
    return Math.round(at + this.#offset);
  }

  monotonic(): number {
    return this.#source.monotonic();
  }

  setTimeout(callback: () => void, ms: number): CancelTimer {
    return this.#source.setTimeout(callback, ms);
  }

  #hasLasted(offset: number, at: number): boolean {
    if (this.#doubted === undefined || !isNear(offset, this.#doubted.offset)) {
      this.#doubted = { offset, since: at };
      this.#onStep?.(Math.round(offset - this.#offset));
    }
    return at - this.#doubted.since >= BELIEVED_AFTER;
  }
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) < TOLERANCE;
}
