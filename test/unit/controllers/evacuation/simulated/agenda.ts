import type { CancelTimer, MemoryClock } from '../../../../../src/drivers/memory/settings.ts';
import { NOW_MS } from '../../../../builders/observation.ts';

interface Entry {
  readonly at: number;
  readonly act: () => void | Promise<void>;
}

/** Ten times the most that a cluster of these tests was seen to do; the search for the smallest endless one takes as much longer. */
const ENDLESS = 10_000;

/** Time that passes only when there is nothing to do; what is on it for one moment is done in the order in which it came. */
export class Agenda implements MemoryClock {
  #now = NOW_MS;
  readonly #entries = new Set<Entry>();

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void | Promise<void>, ms: number): CancelTimer {
    const entry = { at: this.#now + ms, act: callback };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Until it is that late, or `isDone`, which is asked after everything that happens. @throws where it never ends */
  async passUntil(end: number, isDone: () => boolean = () => false): Promise<void> {
    for (let count = 0; !isDone(); count += 1) {
      if (count > ENDLESS) throw new Error('something is done again and again');
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#entries.delete(next);
      this.#now = next.at;
      await next.act();
    }
    if (!isDone()) this.#now = Math.max(this.#now, end);
  }

  #next(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) if (first === undefined || entry.at < first.at) first = entry;
    return first;
  }
}
