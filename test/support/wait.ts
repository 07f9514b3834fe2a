import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 30 s: it costs nothing where what is waited for comes. */
  timeoutMs?: number;
  /** Default 50 ms. */
  intervalMs?: number;
}

/**
 * Asks `probe` until it gives something other than undefined or false, and returns that. A probe that throws counts as
 * not yet; its last error is the cause of the one that is thrown after the deadline, which names what was waited for.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 50 } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: lastError });
    }
    await delay(intervalMs);
  }
}
