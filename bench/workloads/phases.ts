import type { Scale } from '../options.ts';
import { RESCUE, UNRESCUE } from '../stage/instances.ts';
import { eachOf } from '../stage/user.ts';
import type { Session } from './session.ts';
import { storm } from './storm.ts';
import type { Phase, Workload } from './workload.ts';

/** Longer than the slowest needs for ten thousand. Milliseconds. */
const PATIENCE = 1_800_000;
/** For one that was started again: several times what those take that get there. Milliseconds. */
const START_PATIENCE = 120_000;

export interface Plan {
  readonly workloads: readonly Workload[];
  readonly sizes: readonly number[];
  readonly scale: Scale;
}

/** Goes through the workloads of a session, in order. */
export class Phases {
  readonly #session: Session;
  readonly #plan: Plan;
  readonly #say: (what: string) => void;
  readonly phases: Phase[] = [];
  /** Names of the Instances of bursts. */
  readonly #names: string[] = [];

  constructor(session: Session, plan: Plan, say: (what: string) => void) {
    this.#session = session;
    this.#plan = plan;
    this.#say = say;
  }

  /** What was measured before the workload that fails is in `phases`. @throws Error that says what did not come */
  async run(): Promise<void> {
    const { scale, sizes } = this.#plan;
    await this.#if('start', () => this.#restart());
    await this.#if('latency', () => this.#singles(scale.singles));
    await this.#if('create', async () => {
      for (const size of sizes) await this.#burst(size - this.#total);
    });
    await this.#if('idle', () => this.#idle(scale.idleMs));
    await this.#if('rescue', () => this.#rescue(scale.rescues));
    await this.#if('storm', () => this.#storm(scale.storm));
    await this.#if('restart', () => this.#restart());
  }

  get #total(): number {
    return this.#session.watcher.in('Running').size + this.#session.watcher.in('Rescued').size;
  }

  async #if(workload: Workload, act: () => Promise<void>): Promise<void> {
    if (!this.#plan.workloads.includes(workload)) return;
    const measured = this.phases.length;
    try {
      await act();
    } catch (error) {
      // A part would be taken for the whole.
      this.phases.length = measured;
      throw error;
    }
  }

  async #measure(
    name: string,
    objects: number,
    act: () => Promise<readonly number[] | undefined>,
  ): Promise<void> {
    this.#say(`${name} ${objects}`);
    let latenciesMs: readonly number[] | undefined;
    const measured = await this.#session.measure(async () => {
      latenciesMs = await act();
    });
    this.phases.push({ name, objects, total: this.#total, ...measured, ...(latenciesMs && { latenciesMs }) });
  }

  async #burst(count: number): Promise<void> {
    const { watcher, create } = this.#session;
    const total = this.#total + count;
    const names = Array.from({ length: count }, (_, index) => `vm-${this.#names.length + index}`);
    this.#names.push(...names);
    await this.#measure('create', count, async () => {
      await eachOf(names, create);
      await watcher.until(`${total} Instances run`, () => this.#total >= total, PATIENCE);
      return undefined;
    });
  }

  /** One is created when the one before runs; timed from the answer to its creation. */
  async #singles(count: number): Promise<void> {
    const { watcher, create } = this.#session;
    await this.#measure('latency', count, async () => {
      const latencies: number[] = [];
      for (let index = 0; index < count; index += 1) {
        const name = `single-${index}`;
        await create(name);
        const start = performance.now();
        await watcher.until(`${name} runs`, () => watcher.in('Running').has(name), PATIENCE);
        latencies.push(performance.now() - start);
      }
      return latencies;
    });
  }

  async #rescue(count: number): Promise<void> {
    const { watcher, user } = this.#session;
    const names = this.#names.slice(0, count);
    const total = this.#total;
    await this.#measure('rescue', names.length, async () => {
      await eachOf(names, (name) => user.edit(name, RESCUE));
      const all = () => watcher.in('Rescued').size >= names.length;
      await watcher.until(`${names.length} Instances are rescued`, all, PATIENCE);
      return undefined;
    });
    await this.#measure('unrescue', names.length, async () => {
      await eachOf(names, (name) => user.edit(name, UNRESCUE));
      await watcher.until(`${total} Instances run`, () => watcher.in('Running').size >= total, PATIENCE);
      return undefined;
    });
  }

  async #idle(ms: number): Promise<void> {
    await this.#session.quiet();
    await this.#measure(
      'idle',
      this.#total,
      () => new Promise((resolve) => setTimeout(resolve, ms, undefined)),
    );
  }

  async #storm(updates: number): Promise<void> {
    await this.#measure('storm', updates, () => storm(this.#session, this.#names, updates));
  }

  /** Ended, and started again when the status of one Instance is wrong: timed until it has been put right. */
  async #restart(): Promise<void> {
    const { watcher, operator, user } = this.#session;
    if (operator === undefined) return;
    const total = this.#total;
    await operator.stop();
    await user.spoilStatus('canary');
    await watcher.until('one status is wrong', () => this.#total < total, PATIENCE);
    this.#say(`restart with ${total}`);
    const start = performance.now();
    await Promise.all([
      operator.startAgain(),
      watcher.until('it is put right', () => this.#total >= total, START_PATIENCE),
    ]);
    const wallMs = performance.now() - start;
    const measured = await this.#session.measure(() => Promise.resolve());
    this.phases.push({ ...measured, name: 'restart', objects: total, total, wallMs });
  }
}
