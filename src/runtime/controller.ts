/**
 * Workers that take keys from a queue and reconcile them. This is the one place where an exception of a reconcile ends:
 * it is logged and the key comes back after its back-off. Everything else that a reconcile has to say it returns.
 */
import type { Logger } from 'pino';
import { isConflict, UnsentError } from '../kube/api-errors.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { WorkQueue } from './work-queue.ts';
import type { TakenKey } from './work-queue.ts';

export interface ReconcileResult {
  /** Reconcile again after so many milliseconds, even if nothing happens. */
  readonly after?: number | undefined;
  /** Why; for the log. */
  readonly because?: string | undefined;
}

/** The result that asks for the earlier look. */
export function soonest(...results: readonly ReconcileResult[]): ReconcileResult {
  return results.reduce(
    (best, next) => ((next.after ?? Infinity) < (best.after ?? Infinity) ? next : best),
    {},
  );
}

/** One reconcile that has ended; for metrics. */
export interface ReconcileReport {
  readonly key: string;
  /** How long the key waited for a worker, in milliseconds. */
  readonly waited: number;
  /** How long the reconcile took. */
  readonly milliseconds: number;
  /** When it is to come again, in milliseconds, although nothing happens. */
  readonly after?: number | undefined;
  /** What it threw. */
  readonly error?: unknown;
}

export interface ControllerOptions {
  readonly name: string;
  readonly workers: number;
  readonly logger: Logger;
  readonly queue?: WorkQueue;
  readonly clock?: Clock;
  /** A throw is an outage or a bug: logged, and repeated with back-off. */
  readonly reconcile: (key: string) => Promise<ReconcileResult>;
  readonly onError?: (key: string, error: unknown) => void;
}

export class Controller {
  readonly name: string;
  readonly workers: number;
  readonly queue: WorkQueue;
  readonly #reportTo: ((report: ReconcileReport) => void)[] = [];
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #caughtUp = false;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.workers = options.workers;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.queue = options.queue ?? new WorkQueue({ clock: this.#clock });
    this.#logger = options.logger.child({ controller: options.name });
  }

  /** The handler is called after each reconcile; it must not throw. */
  onReconcile(handler: (report: ReconcileReport) => void): void {
    this.#reportTo.push(handler);
  }

  enqueue(key: string): void {
    this.queue.add(key);
  }

  enqueueAfter(key: string, ms: number): void {
    this.queue.addAfter(key, ms);
  }

  /** Reconciles until the signal is aborted; resolves when the last running reconcile has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#noteIdle();
    const workers = Array.from({ length: this.#options.workers }, () => this.#work(signal));
    await Promise.all(workers);
    this.queue.close();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (
      let taken = await this.queue.take(signal);
      taken !== undefined;
      taken = await this.queue.take(signal)
    ) {
      await this.#reconcile(taken);
      this.queue.done(taken.key);
      this.#noteIdle();
    }
  }

  /** Says once when everything that was there at the start has been looked at. */
  #noteIdle(): void {
    if (this.#caughtUp || !this.queue.idle) return;
    this.#caughtUp = true;
    this.#logger.info('caught up');
  }

  async #reconcile({ key, waited }: TakenKey): Promise<void> {
    const start = this.#clock.monotonic();
    const report = (result: Pick<ReconcileReport, 'after' | 'error'>): void => {
      const milliseconds = this.#clock.monotonic() - start;
      for (const handler of this.#reportTo) handler({ key, waited, milliseconds, ...result });
    };
    try {
      const { after, because } = await this.#options.reconcile(key);
      this.queue.forget(key);
      if (after !== undefined) {
        this.#logger.debug({ key, after, because }, 'reconcile again');
        // Not in the same turn of the event loop: a key that always comes again at once would let nobody else come.
        this.queue.addAfter(key, Math.max(after, 1));
      }
      report({ after });
    } catch (error) {
      this.#fail(key, error);
      report({ error });
    }
  }

  #fail(key: string, error: unknown): void {
    const retryAfter = this.queue.retry(key);
    // Somebody else wrote first, or leads: that is how optimistic writes, and elections, work, not a failure.
    const level = isConflict(error) || error instanceof UnsentError ? 'info' : 'error';
    this.#logger[level]({ err: error, key, retryAfter }, 'reconcile failed');
    this.#options.onError?.(key, error);
  }
}
