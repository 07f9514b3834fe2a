import type { Logger } from 'pino';
import { Controller } from '../../../src/runtime/controller.ts';
import type { ReconcileResult } from '../../../src/runtime/controller.ts';
import type { Performer } from './performer.ts';
import type { Plan } from './plan.ts';

/** client-go's default rate limiter: 5 ms, doubled with each failure, at most 1000 s. */
const firstRetryMs = 5;
const longestRetryMs = 1_000_000;

/** Runs one of the played controllers: a plan for each key, repeated with client-go's back-off when a write fails. */
export class Reconciler {
  readonly #controller: Controller;
  readonly #performer: Performer;
  readonly #plan: (key: string) => Plan;
  readonly #failures = new Map<string, number>();
  readonly #logger: Logger;

  constructor(options: {
    name: string;
    performer: Performer;
    logger: Logger;
    plan: (key: string) => Plan;
    workers?: number;
  }) {
    this.#performer = options.performer;
    this.#plan = options.plan;
    this.#logger = options.logger.child({ controller: options.name });
    this.#controller = new Controller({
      name: options.name,
      workers: options.workers ?? 3,
      logger: this.#logger,
      reconcile: (key) => this.#reconcile(key),
    });
  }

  enqueue(key: string): void {
    this.#controller.enqueue(key);
  }

  enqueueAfter(key: string, ms: number): void {
    this.#controller.enqueueAfter(key, ms);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#controller.run(signal);
  }

  async #reconcile(key: string): Promise<ReconcileResult> {
    try {
      await this.#performer.run(this.#plan(key));
      this.#failures.delete(key);
      return {};
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.#logger.debug({ key, error }, 'pass failed');
      return { after: Math.min(firstRetryMs * 2 ** failures, longestRetryMs), because: 'the pass failed' };
    }
  }
}
