import type { Plan } from './plan.ts';
import type { Performer } from './performer.ts';

/** One thing that a fake node will do to an object, some time after it became due. */
export interface Step {
  /** Tells this step from any other that may be due for the object; it is timed once. */
  readonly id: string;
  readonly delayMs: number;
  plan(): Plan;
}

const retryMs = 15;

/**
 * Timers for what takes time: each object has at most one step due per role, computed anew from the caches at each
 * change and again when its time has come. So it is level-triggered, and a lost write is simply due again.
 */
export class DelayedSteps {
  readonly #pending = new Map<string, { id: string; timer: NodeJS.Timeout }>();
  readonly #performer: Performer;
  readonly #next: (key: string) => Step | undefined;
  #stopped = false;

  constructor(performer: Performer, next: (key: string) => Step | undefined) {
    this.#performer = performer;
    this.#next = next;
  }

  /** Something that the next step depends on may have changed. */
  consider(key: string): void {
    const step = this.#stopped ? undefined : this.#next(key);
    const pending = this.#pending.get(key);
    if (pending !== undefined && pending.id === step?.id) {
      return;
    }
    clearTimeout(pending?.timer);
    this.#pending.delete(key);
    if (step !== undefined) {
      this.#schedule(key, step.id, step.delayMs);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#pending.values()) {
      clearTimeout(timer);
    }
    this.#pending.clear();
  }

  #schedule(key: string, id: string, delayMs: number): void {
    const timer = setTimeout(() => {
      void this.#take(key, id);
    }, delayMs);
    this.#pending.set(key, { id, timer });
  }

  async #take(key: string, id: string): Promise<void> {
    const step = this.#next(key);
    if (step?.id !== id) {
      this.#pending.delete(key);
      this.consider(key);
      return;
    }
    try {
      await this.#performer.run(step.plan());
      this.#done(key, id);
    } catch {
      // Somebody else wrote first; what is due is looked up again in a newer cache.
      if (!this.#stopped) {
        this.#schedule(key, id, retryMs);
      }
    }
  }

  /** The step stays pending until the caches show its effect: else it would be taken twice. */
  #done(key: string, id: string): void {
    if (this.#next(key)?.id === id && !this.#stopped) {
      this.#schedule(key, id, retryMs);
    } else {
      // Meanwhile another step may have become due: its timer must not go on unseen.
      clearTimeout(this.#pending.get(key)?.timer);
      this.#pending.delete(key);
      this.consider(key);
    }
  }
}
