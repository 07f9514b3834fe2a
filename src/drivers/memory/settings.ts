/** Cancels a timer; once it has fired, does nothing. */
export type CancelTimer = () => void;

/** Time, as far as this driver needs it; tests own it. */
export interface MemoryClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms`, unless cancelled. */
  setTimeout(callback: () => void, ms: number): CancelTimer;
}

/** Who finds the nodes of VMs: this driver, or who orders them, as of a backend without a scheduler. */
export type MemoryPlacement = 'ByBackend' | 'ByScheduler';

/** How long things take. All in milliseconds, but for the factor. */
export interface MemoryDelays {
  /** From the order to boot until the guest runs. */
  readonly boot: number;
  /** From the order to stop until the guest is gone. */
  readonly stop: number;
  /** What a migration does before its transfer: finding a destination, and making it ready. */
  readonly prepare: number;
  /** The transfer of the guest's memory, unless a bandwidth makes it longer. */
  readonly transfer: number;
  /** The last moments of a migration: it can't be aborted any more. */
  readonly complete: number;
  /** From the order to abort until the migration is over. */
  readonly abort: number;
  /** Until something that had no place, or did not boot, is tried again. */
  readonly retry: number;
  /** How long a migration waits for a destination before it fails. */
  readonly unschedulable: number;
  /** How many times longer the transfer of a VM named `…-slow` takes. */
  readonly slowFactor: number;
}

/** Long enough to be watched, short enough for a demonstration. */
export const DEFAULT_DELAYS: MemoryDelays = {
  boot: 2_000,
  stop: 500,
  prepare: 1_000,
  transfer: 5_000,
  complete: 300,
  abort: 300,
  retry: 1_000,
  unschedulable: 300_000,
  slowFactor: 20,
};
