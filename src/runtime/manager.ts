/**
 * Starts the parts of a process in the order in which they need each other, and stops them in the opposite one: caches,
 * then services (webhooks, which read the caches) on every replica, then controllers on the one that leads. A standby
 * therefore has warm caches when it takes over. On stop, controllers finish what they are doing before the lease is given
 * back; one that can't finish in time keeps the lease until it runs out, because it may still be writing.
 */
import type { Logger } from 'pino';
import { sleep, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { LeaderElector } from './leader-election.ts';

/** Something that runs until it is told to stop; Controller is one, a webhook server another. */
export interface Runnable {
  readonly name: string;
  /** Resolves when everything is ended in order. */
  run(signal: AbortSignal): Promise<void>;
}

/** A cache that is started first and stopped last; Reflector is one. */
export interface Cache extends Runnable {
  synced(signal?: AbortSignal): Promise<void>;
}

export interface ManagerOptions {
  readonly logger: Logger;
  /** Without it controllers start as soon as the caches are there. */
  readonly elector?: LeaderElector | undefined;
  /** How long controllers may take to finish. Default 30 000. */
  readonly drainTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Another replica leads now, or may: the process must end. */
class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

/** Parts that are started and stopped together. */
interface Group {
  readonly stop: AbortController;
  /** Resolves when all have ended, well or not. */
  readonly ended: Promise<unknown>;
}

export class Manager {
  readonly #options: ManagerOptions;
  readonly #clock: Clock;
  readonly #caches: Cache[] = [];
  readonly #services: Runnable[] = [];
  readonly #controllers: Runnable[] = [];
  readonly #failure = Promise.withResolvers<never>();
  #ready = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#failure.promise.catch(() => undefined);
    options.elector?.onLost(() => {
      this.#failure.reject(new LeadershipLostError('leadership lost'));
    });
  }

  addCache(...caches: Cache[]): void {
    this.#caches.push(...caches);
  }

  /** Runs on every replica as soon as the caches are synced. */
  addService(...services: Runnable[]): void {
    this.#services.push(...services);
  }

  /** Runs only while this replica leads. */
  addController(...controllers: Runnable[]): void {
    this.#controllers.push(...controllers);
  }

  /** True when all caches have synced. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Resolves after an orderly stop. @throws LeadershipLostError, or what a part failed with, after stopping the rest */
  async run(signal: AbortSignal): Promise<void> {
    const caches = this.#start(this.#caches);
    try {
      await this.#unlessStopped(signal, Promise.all(this.#caches.map((cache) => cache.synced())));
      this.#ready = !signal.aborted;
      if (this.#ready) {
        await this.#runServices(signal);
      }
    } finally {
      this.#ready = false;
      await stop(caches);
    }
  }

  async #runServices(signal: AbortSignal): Promise<void> {
    const services = this.#start(this.#services);
    try {
      await this.#runElection(signal);
    } finally {
      await stop(services);
    }
  }

  async #runElection(signal: AbortSignal): Promise<void> {
    const { elector } = this.#options;
    const election = this.#start(elector === undefined ? [] : [elector]);
    try {
      await this.#unlessStopped(signal, elector?.elected());
      if (!signal.aborted) {
        await this.#runControllers(signal);
      }
    } finally {
      await stop(election);
    }
  }

  async #runControllers(signal: AbortSignal): Promise<void> {
    const controllers = this.#start(this.#controllers);
    try {
      await this.#unlessStopped(signal, NEVER);
    } finally {
      await this.#drain(controllers);
    }
  }

  async #drain(controllers: Group): Promise<void> {
    const drained = new AbortController();
    const late = sleep(this.#clock, this.#options.drainTimeoutMs ?? 30_000, drained.signal).then(
      () => 'late',
    );
    const end = await Promise.race([stop(controllers), late]);
    drained.abort();
    if (end === 'late') {
      this.#options.logger.error('controllers did not finish in time');
      this.#options.elector?.keepLease();
    }
  }

  #start(parts: readonly Runnable[]): Group {
    const stopping = new AbortController();
    const runs = parts.map((part) => this.#supervise(part, stopping.signal));
    return { stop: stopping, ended: Promise.all(runs) };
  }

  /** A part that ends without having been told to takes the process down, in order. */
  async #supervise(part: Runnable, signal: AbortSignal): Promise<void> {
    try {
      await part.run(signal);
      if (!signal.aborted) {
        throw new Error(`${part.name} ended by itself`);
      }
    } catch (error) {
      this.#failure.reject(error);
    }
  }

  /** Waits for the promise, or for the signal. @throws what a part failed with */
  async #unlessStopped(signal: AbortSignal, promise: Promise<unknown> | undefined): Promise<void> {
    const stopped = Promise.withResolvers<undefined>();
    const abort = (): void => {
      stopped.resolve(undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) {
      abort();
    }
    await Promise.race([promise, stopped.promise, this.#failure.promise]);
    signal.removeEventListener('abort', abort);
  }
}

const NEVER = new Promise<never>(() => undefined);

async function stop(group: Group): Promise<void> {
  group.stop.abort();
  await group.ended;
}
