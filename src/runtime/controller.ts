/**
 * Workers that take keys from a queue and reconcile them. This is the one place where an exception of a reconcile ends:
 * it is logged and the key comes back after its back-off. Everything else that a reconcile has to say it returns.
 */
import type { Logger } from 'pino';
import { isConflict } from '../kube/api-errors.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { WorkQueue } from './work-queue.ts';

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
  readonly milliseconds: number;
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
  /** Called after each reconcile; must not throw. */
  readonly onReconcile?: (report: ReconcileReport) => void;
}

export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #caughtUp = false;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.queue = options.queue ?? new WorkQueue({ clock: this.#clock });
    this.#logger = options.logger.child({ controller: options.name });
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
    for (let key = await this.queue.take(signal); key !== undefined; key = await this.queue.take(signal)) {
      await this.#reconcile(key);
      this.queue.done(key);
      this.#noteIdle();
    }
  }

  /** Says once when everything that was there at the start has been looked at. */
  #noteIdle(): void {
    if (this.#caughtUp || !this.queue.idle) return;
    this.#caughtUp = true;
    this.#logger.info('caught up');
  }

  async #reconcile(key: string): Promise<void> {
    const start = this.#clock.monotonic();
    try {
      const { after, because } = await this.#options.reconcile(key);
      this.queue.forget(key);
      if (after !== undefined) {
        this.#logger.debug({ key, after, because }, 'reconcile again');
        this.queue.addAfter(key, after);
      }
      this.#report({ key, milliseconds: this.#clock.monotonic() - start });
    } catch (error) {
      this.#fail(key, error);
      this.#report({ key, milliseconds: this.#clock.monotonic() - start, error });
    }
  }

  #fail(key: string, error: unknown): void {
    const retryAfter = this.queue.retry(key);
    // Somebody else wrote first: that is how optimistic writes work, not a failure.
    const level = isConflict(error) ? 'info' : 'error';
    this.#logger[level]({ err: error, key, retryAfter }, 'reconcile failed');
    this.#options.onError?.(key, error);
  }

  #report(report: ReconcileReport): void {
    this.#options.onReconcile?.(report);
  }
}
