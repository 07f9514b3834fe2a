import { secondsSince } from '../../domain/duration.ts';
import type { Departure } from '../../domain/evacuation/departure.ts';
import type { Evacuee, Flight } from '../../domain/evacuation/plan.ts';

/** How long it is believed that a LiveMigration was made which no cache shows. Milliseconds. */
const UNSEEN = 10_000;

/** A LiveMigration that was asked for and is not seen. */
interface Order {
  readonly flight: Flight;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: 'Unknown' | 'Refused';
}

/**
 * The LiveMigrations that this process has asked for and does not see: the answer was lost, or they were refused. One that
 * may be there takes its room, so that limits hold; one that was refused waits as one that has failed. Nothing else is
 * remembered: what another process knows is in the API.
 */
export class Orders {
  /** By key of the Instance. */
  readonly #orders = new Map<string, Order>();

  note(key: string, order: Order): void {
    this.#orders.set(key, order);
  }

  /** It is seen now. */
  seen(key: string): void {
    this.#orders.delete(key);
  }

  /** What is known of a VM, with what was asked for it. */
  applyTo(evacuee: Evacuee, now: number): Evacuee {
    const order = this.#orders.get(evacuee.key);
    if (order === undefined) return evacuee;
    const { past } = evacuee;
    if (order.outcome === 'Refused') {
      const endedAt = new Date(order.at).toISOString();
      return { ...evacuee, past: { ...past, failed: past.failed + 1, endedAt } };
    }
    return isRecent(order, now) ? { ...evacuee, underWay: departureOf(order, now) } : evacuee;
  }

  /** Those that may be under way. */
  flights(now: number): Flight[] {
    return [...this.#orders.values()]
      .filter((order) => order.outcome === 'Unknown' && isRecent(order, now))
      .map(({ flight }) => flight);
  }
}

function isRecent({ at }: Order, now: number): boolean {
  return now - at < UNSEEN;
}

function departureOf({ flight, at }: Order, now: number): Departure {
  return {
    what: 'a LiveMigration',
    phase: 'Queued',
    elapsedSeconds: secondsSince(new Date(at).toISOString(), now),
    percent: undefined,
    destination: flight.destination,
  };
}
