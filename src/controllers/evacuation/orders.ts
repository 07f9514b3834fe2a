import type { Flight } from '../../domain/evacuation/plan.ts';

/** How long it is remembered that a LiveMigration was asked for which no cache shows. Milliseconds. */
const UNSEEN = 30_000;
/** How long a LiveMigration that was refused is not asked for again. Milliseconds. */
const REFUSED = 20_000;

/**
 * The LiveMigrations that this process has asked for and does not see: the answer was lost, or they were refused. Each
 * takes room as one that is under way does, so that limits hold; what another process knows is in the API.
 */
export class Orders {
  readonly #unseen = new Map<string, { readonly flight: Flight; readonly until: number }>();
  readonly #refused = new Map<string, number>();

  /** `key` is that of the Instance. */
  note(key: string, flight: Flight, now: number): void {
    this.#unseen.set(key, { flight, until: now + UNSEEN });
  }

  /** It is seen now. */
  seen(key: string): void {
    this.#unseen.delete(key);
  }

  refused(key: string, now: number): void {
    this.#unseen.delete(key);
    this.#refused.set(key, now + REFUSED);
  }

  /** Whether the same was refused a moment ago. */
  isPaused(key: string, now: number): boolean {
    const until = this.#refused.get(key) ?? 0;
    if (until <= now) this.#refused.delete(key);
    return until > now;
  }

  unseen(now: number): [key: string, flight: Flight][] {
    for (const [key, { until }] of this.#unseen) if (until <= now) this.#unseen.delete(key);
    return [...this.#unseen].map(([key, { flight }]) => [key, flight]);
  }
}
