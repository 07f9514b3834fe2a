import { retryAfter } from '../../domain/backoff.ts';
import { canonicalJson } from '../../domain/fingerprint.ts';
import { isRefusal, type Failure, type Outcome } from '../../domain/outcome.ts';

/** What was ordered, for whom, and when. */
export interface Attempt {
  /** `namespace/name` */
  readonly key: string;
  /** Plain data; equal orders are the same order. */
  readonly order: unknown;
  /** When the operation began. RFC 3339. */
  readonly begun: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Refusal {
  readonly order: string;
  readonly answer: Failure;
  /** Until when the answer stands. Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * What drivers have refused. What is written of a refusal wakes the object that it is written on: without this the same
 * order would be given, and refused, once more at once.
 */
export class Refusals {
  readonly #standing = new Map<string, Refusal>();

  /** The answer to an order: the one that stands, or a new one. */
  async answer({ key, order, begun, now }: Attempt, give: () => Promise<Outcome>): Promise<Outcome> {
    const last = this.#standing.get(key);
    if (last !== undefined && now < last.until && last.order === canonicalJson(order)) return last.answer;
    const answer = await give();
    if (isRefusal(answer)) {
      this.#standing.set(key, {
        order: canonicalJson(order),
        answer,
        until: now + retryAfter(answer, begun, now),
      });
    } else {
      this.#standing.delete(key);
    }
    return answer;
  }

  /** How long the answer for a key still stands; `undefined`: none does. Milliseconds. */
  left(key: string, now: number): number | undefined {
    const refusal = this.#standing.get(key);
    return refusal === undefined ? undefined : Math.max(0, refusal.until - now);
  }

  forget(key: string): void {
    this.#standing.delete(key);
  }
}
