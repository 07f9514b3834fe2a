import type { VmMemory } from './settle.ts';

/** The pause after the first start that failed, and the longest one. Milliseconds. */
const [FIRST, LONGEST] = [5_000, 300_000];
/** A guest that ends sooner after its start, and was not told to, has not come up. Milliseconds. */
const SHORTEST_RUN = 60_000;

/** What is remembered after a start that failed; the pauses double. `now` in milliseconds since the epoch. */
export function afterFailure({ failedStart }: VmMemory, words: string, now: number): VmMemory {
  const attempts = (failedStart?.attempts ?? 0) + 1;
  return { failedStart: { attempts, retryAt: now + pauseAfter(attempts), words } };
}

/**
 * What is remembered after a start. A guest that ends again and again is started again at once only the first time: the
 * pause is laid down here already, for the case that it ends.
 */
export function afterStart({ lastStart }: VmMemory, now: number): VmMemory {
  const isQuick = lastStart !== undefined && now - lastStart.at < SHORTEST_RUN + pauseAfter(lastStart.inARow);
  const inARow = isQuick ? lastStart.inARow + 1 : 0;
  const words = `the guest has ended soon after its start, ${inARow} time(s) in a row`;
  return {
    lastStart: { at: now, inARow },
    failedStart: isQuick ? { attempts: inARow, retryAt: now + pauseAfter(inARow), words } : undefined,
    askedToShutDown: undefined,
    ending: undefined,
  };
}

/** What is remembered of a guest that has crashed: for a pause it stays as it is, and may be looked at. */
export function afterCrash({ lastStart }: VmMemory, bootId: string, now: number): VmMemory {
  const isQuick = lastStart !== undefined && now - lastStart.at < SHORTEST_RUN;
  const pause = Math.max(FIRST, isQuick ? pauseAfter(lastStart.inARow) : 0);
  return { crash: { bootId, restartAt: now + pause } };
}

/** What an order changes: whatever kept the guest from running may be over. */
export const FRESH_START: VmMemory = {
  lastStart: undefined,
  failedStart: undefined,
  askedToShutDown: undefined,
};

function pauseAfter(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(FIRST * 2 ** (attempts - 1), LONGEST);
}
