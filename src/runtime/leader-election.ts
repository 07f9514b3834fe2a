/**
 * At most one replica works, and another takes over when it dies. Like client-go's: a Lease that the leader renews and that
 * the others take when it has not changed for its whole duration. Nobody's wall clock matters, only how fast monotonic
 * clocks run. An election alone fences nothing: a leader that was stopped and wakes up still thinks that it leads. So
 * writes carry preconditions, and before a call that can't have one, ask holdsFor(): it compares with the clock at that
 * moment, and counts from before the last renewal was sent.
 */
import type { Logger } from 'pino';
import { ApiError } from '../kube/api-errors.ts';
import { microTime } from '../kube/micro-time.ts';
import type { Transport } from '../kube/transport.ts';
import { sleep, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { watchForRelease } from './lease-release.ts';
import { LeaseClient } from './lease.ts';
import type { Lease, LeaseSpec } from './lease.ts';
import { ObservedLease } from './observed-lease.ts';

export interface LeaderElectorOptions {
  readonly transport: Transport;
  /** Namespace and name of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** Unique per process: pod name and a random part. */
  readonly identity: string;
  readonly logger: Logger;
  /** Others wait so long without a renewal. Default 15 000. */
  readonly leaseDurationMs?: number | undefined;
  /** Leadership is given up after so long without a renewal. Default 10 000. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between attempts to renew or to acquire. Default 2 000. */
  readonly retryPeriodMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export class LeaderElector {
  readonly name = 'leader election';
  readonly #options: LeaderElectorOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #client: LeaseClient;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #observed = new ObservedLease();
  readonly #elected = Promise.withResolvers<undefined>();
  readonly #lostHandlers: (() => void)[] = [];
  #lease: Lease | undefined;
  #leading = false;
  #releaseOnStop = true;
  /** Monotonic time before the last successful write was sent. */
  #renewedAt = 0;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ lease: options.name, identity: options.identity });
    this.#clock = options.clock ?? systemClock;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    const key = { namespace: options.namespace, name: options.name };
    // Half the deadline, so that one request that hangs leaves time for another.
    this.#client = new LeaseClient(options.transport, key, this.#renewDeadlineMs / 2);
  }

  get isLeader(): boolean {
    return this.holdsFor(0);
  }

  /** Whether the lease is ours for at least `ms` more, by our own monotonic clock. */
  holdsFor(ms: number): boolean {
    return this.#leading && this.#clock.monotonic() + ms < this.#renewedAt + this.#leaseDurationMs;
  }

  /** Called once when leadership is lost; not when it is given back on stop. */
  onLost(handler: () => void): void {
    this.#lostHandlers.push(handler);
  }

  /** Resolves when this process leads for the first time. */
  async elected(): Promise<void> {
    await this.#elected.promise;
  }

  /** On stop let the lease run out instead of giving it back: work may still be going on. */
  keepLease(): void {
    this.#releaseOnStop = false;
  }

  /**
   * Acquires and renews until the signal is aborted (then gives the lease back) or leadership is lost. A process that
   * has lost it should end: the elector does not try again.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#acquire(signal);
    if (!this.#leading) {
      return;
    }
    this.#logger.info('leading');
    this.#elected.resolve(undefined);
    await this.#renewUntilLost(signal);
    this.#leading = false;
    if (!signal.aborted) {
      this.#logger.error('leadership lost');
      this.#lostHandlers.forEach((handler) => handler());
    } else if (this.#releaseOnStop) {
      await this.#release();
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const watching = new AbortController();
    const released = watchForRelease(this.#options, AbortSignal.any([signal, watching.signal]));
    try {
      while (!signal.aborted && !(await this.#attempt(() => this.#tryToAcquire()))) {
        await this.#pause(signal, released);
      }
    } finally {
      watching.abort();
    }
  }

  async #renewUntilLost(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#clock, this.#retryPeriodMs, signal);
      const sinceRenewal = this.#clock.monotonic() - this.#renewedAt;
      if (signal.aborted || sinceRenewal >= this.#renewDeadlineMs) {
        return;
      }
      await this.#attempt(() => this.#tryToRenew());
      if (!this.#leading) {
        return;
      }
    }
  }

  /** One attempt; what fails is logged and tried again a period later. */
  async #attempt(step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      const lostRace = error instanceof ApiError && [404, 409].includes(error.code);
      // After a lost race, and after a write with unknown end, what we hold is not what is there.
      this.#lease = undefined;
      this.#logger[lostRace ? 'debug' : 'warn']({ err: error }, 'lease not written');
      return false;
    }
  }

  async #tryToAcquire(): Promise<boolean> {
    const lease = await this.#client.read();
    const now = this.#clock.monotonic();
    if (lease !== undefined && !this.#mayTake(lease, now)) {
      return false;
    }
    const acquireTime = microTime(this.#clock.now());
    const leaseTransitions = lease === undefined ? 0 : (lease.spec?.leaseTransitions ?? 0) + 1;
    return await this.#write(lease, { acquireTime, leaseTransitions });
  }

  /** It is ours already when the answer to our first write was lost. */
  #mayTake(lease: Lease, now: number): boolean {
    this.#observed.see(lease, now);
    return this.#isOurs(lease) || this.#observed.free(now, this.#leaseDurationMs);
  }

  #isOurs(lease: Lease | undefined): boolean {
    return lease?.spec?.holderIdentity === this.#options.identity;
  }

  async #tryToRenew(): Promise<boolean> {
    const lease = this.#lease ?? (await this.#client.read());
    if (lease !== undefined && !this.#isOurs(lease)) {
      this.#leading = false;
      return false;
    }
    return await this.#write(lease, {});
  }

  async #write(current: Lease | undefined, spec: LeaseSpec): Promise<boolean> {
    const sentAt = this.#clock.monotonic();
    this.#lease = await this.#client.write(current, {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      renewTime: microTime(this.#clock.now()),
      ...spec,
    });
    this.#renewedAt = sentAt;
    this.#leading = true;
    return true;
  }

  async #release(): Promise<void> {
    await this.#attempt(async () => {
      const lease = this.#lease ?? (await this.#client.read());
      if (this.#isOurs(lease)) {
        const renewTime = microTime(this.#clock.now());
        await this.#client.write(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime });
        this.#logger.info('lease given back');
      }
      return true;
    });
  }

  async #pause(signal: AbortSignal, released: EventTarget): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    released.addEventListener('released', wake, { once: true });
    await sleep(this.#clock, this.#untilNextAttempt(), AbortSignal.any([signal, woken.signal]));
    released.removeEventListener('released', wake);
  }

  /** A lease that runs out before the next look is taken then, not up to a period later. */
  #untilNextAttempt(): number {
    const period = this.#retryPeriodMs * (1 + Math.random() / 5);
    const left = this.#observed.freeIn(this.#clock.monotonic(), this.#leaseDurationMs);
    return left === 0 ? period : Math.min(period, left);
  }
}
