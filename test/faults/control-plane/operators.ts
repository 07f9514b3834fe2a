import { setTimeout as delay } from 'node:timers/promises';
import { startOperator, type RunningOperator } from '../../support/operator.ts';
import { isAlive } from '../../support/processes.ts';
import { leaseHolder, type Stage } from '../../support/stage.ts';
import { waitFor } from '../../support/wait.ts';

/** What a Pod that is to end waits first, for those who call it to hear of it. The chart's preStop. Milliseconds. */
const PRE_STOP = 5_000;
/** From one look at the processes to the next. Milliseconds. */
const LOOK_EVERY = 100;

/** The replicas of an operator that one version after the other is installed of, and what a kubelet does for them. */
export class Operators {
  /** How long hand-overs took until another one led. Milliseconds. */
  readonly handOvers: number[] = [];
  /** How often a replica has ended by itself, and was started again. */
  restarts = 0;
  readonly #stage: Stage;
  readonly #closing = new AbortController();
  readonly #kubelet: Promise<void>;
  #current: RunningOperator;
  #versions = 0;
  #isUpgrading = false;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#current = stage.operator;
    this.#kubelet = this.#lookAfter();
  }

  /**
   * Another version beside the present one, which is asked for reviews from then on and leads when the present one has
   * ended: nothing but the identity differs, so that what is tested is the change, not the versions.
   */
  async upgrade(): Promise<void> {
    const { controlPlane, admin, driver } = this.#stage;
    this.#versions += 1;
    const identity = `version-${this.#versions}`;
    const next = await startOperator({ controlPlane, admin, driver, identity, reviews: 'Later' });
    await next.takeReviews();
    await delay(PRE_STOP);
    this.#isUpgrading = true;
    const begun = performance.now();
    const stopped = this.#current.stop();
    const probe = async () => (await leaseHolder(admin)).startsWith(`${identity}_`);
    await waitFor(`${identity} leads`, probe, { intervalMs: 10, timeoutMs: 30_000 });
    this.handOvers.push(performance.now() - begun);
    await stopped;
    this.#current = next;
    this.#isUpgrading = false;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#kubelet;
    await this.#current.stop('SIGKILL');
  }

  /** Who can't reach the API server for as long as the Lease is good ends, and is started again. */
  async #lookAfter(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      if (!this.#isUpgrading && !isAlive(this.#current.pid)) {
        this.restarts += 1;
        await this.#current.restart().catch(() => undefined);
      }
      await delay(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
    }
  }
}
