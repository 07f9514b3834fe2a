import type { Evacuee } from '../../domain/evacuation/plan.ts';

/**
 * When migrations that drains had made were deleted before they were over. What is gone can't be seen again: a process
 * that has begun since then takes the drain for one that goes on, until its request is over.
 */
export class Cancellations {
  /** By key of the Instance. RFC 3339. */
  readonly #instants = new Map<string, string>();

  /** `now` in milliseconds since the epoch. */
  note(key: string, now: number): void {
    this.#instants.set(key, new Date(now).toISOString());
  }

  /** What is known of a VM, with what was cancelled. */
  applyTo(evacuee: Evacuee): Evacuee {
    const cancelledAt = this.#instants.get(evacuee.key);
    return cancelledAt === undefined ? evacuee : { ...evacuee, cancelledAt };
  }

  /** Nobody asks for it to leave any more. */
  forget(key: string): void {
    this.#instants.delete(key);
  }
}
