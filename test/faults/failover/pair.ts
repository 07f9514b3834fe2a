import { setTimeout as delay } from 'node:timers/promises';
import { startApiProxy, type ApiProxy, type Exchange } from '../../support/api-proxy.ts';
import { startOperator, type RunningOperator } from '../../support/operator.ts';
import { leaseHolder, raiseScenery, type Scenery } from '../../support/stage.ts';
import { waitFor } from '../../support/wait.ts';
import { Dice } from '../stories/dice.ts';
import { differences, type Outcome } from '../stories/differences.ts';
import { Failpoint, interceptAt, told, type WritePoint } from '../stories/failpoint.ts';
import { pass } from '../stories/ground.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Player } from '../stories/player.ts';
import type { FaultSettings } from '../stories/settings.ts';
import type { Story } from '../stories/stories.ts';
import type { Course } from '../stories/witness.ts';
import { LateWrite, type Fate } from './late-write.ts';
import { FAILOVER_STORIES } from './stories.ts';

/** Nothing has been seen for so long: no more will come. Milliseconds. */
const LULL = 1_500;
/** The same for what all others are held against, told on a machine that has just begun with much else. */
const REFERENCE_LULL = 5_000;
/** Who waits for the answer to a write gives up after 30 s. Milliseconds. */
const SENT_WITHIN = 12_000;
/** Writes that the leader is stopped at, at a time: it has twelve connections, and one is for the Lease. */
const AT_ONCE = 9;

/** A write of a story, and what becomes of it. */
export interface Stop {
  readonly story: Story;
  readonly point: WritePoint;
  readonly fate: Fate;
}

/** A story in whose midst something happens. */
export interface Run extends Stop {
  readonly player: Player;
  readonly late: LateWrite;
  /** Sees what the leader writes in it. */
  readonly failpoint: Failpoint;
}

/** What a run may have on its way that a story without a fault has not. */
export interface Allowance {
  /** An Instance may be seen in any state on the way. */
  readonly states?: 'Any';
  /** So many boots more. */
  readonly boots?: number;
}

export interface PairOptions {
  /** Which of the two the API server asks. */
  readonly asked: 'first' | 'second';
  /** What becomes of the requests of the one that stands by. Default: they pass. */
  readonly standby?: (exchange: Exchange) => Promise<void>;
}

/** Two replicas, `first`, which leads, and `second`, and users whose stories are told with them. */
export class Pair {
  readonly stage: Scenery;
  readonly first: RunningOperator;
  readonly second: RunningOperator;
  /** All writes of the stories. */
  readonly points: { readonly story: Story; readonly point: WritePoint }[] = [];
  readonly #proxies: readonly ApiProxy[];
  readonly #failpoints: Failpoint[];
  readonly #references = new Map<Story, Outcome>();
  #entered = 0;

  private constructor(
    stage: Scenery,
    [first, second]: readonly [RunningOperator, RunningOperator],
    { proxies, failpoints }: { proxies: readonly ApiProxy[]; failpoints: Failpoint[] },
  ) {
    this.stage = stage;
    this.first = first;
    this.second = second;
    this.#proxies = proxies;
    this.#failpoints = failpoints;
  }

  /** Resolves when `first` leads, and each story was told without a fault. */
  static async raise({ asked, standby = pass }: PairOptions): Promise<Pair> {
    const stage = await raiseScenery('kubevirt');
    const { controlPlane, admin, driver } = stage;
    const failpoints: Failpoint[] = [];
    const strike = (exchange: Exchange) => interceptAt(failpoints, exchange);
    const proxies = [await startApiProxy(controlPlane, strike), await startApiProxy(controlPlane, standby)];
    const [near, far] = proxies.map(({ kubeconfig }) => ({ kubeconfig })) as [object, object];
    const shared = { controlPlane, admin, driver };
    // Each write that is held back keeps a worker.
    const leading = { identity: 'first', settings: { ...near, workers: '16' } };
    const first = await startOperator({ ...shared, ...leading });
    const reviews = asked === 'second' ? 'AtOnce' : 'Later';
    const second = await startOperator({ ...shared, identity: 'second', settings: { ...far }, reviews });
    const pair = new Pair(stage, [first, second], { proxies, failpoints });
    await pair.leads('first');
    await stage.capabilitiesKnown();
    await Promise.all(FAILOVER_STORIES.map((story) => pair.#record(story)));
    return pair;
  }

  async close(): Promise<void> {
    await this.first.stop('SIGKILL');
    await this.second.stop('SIGKILL');
    for (const proxy of this.#proxies) await proxy.close();
    await this.stage.close();
  }

  /** As it was, for the next ones: both run, and `first` leads. */
  async restore(): Promise<void> {
    await this.first.restart();
    await this.second.restart();
    await this.leads('first');
  }

  /** Resolves with the milliseconds until it leads. */
  async leads(identity: 'first' | 'second'): Promise<number> {
    const begun = performance.now();
    const probe = async () => (await leaseHolder(this.stage.admin)).startsWith(`${identity}_`);
    await waitFor(`${identity} leads`, probe, { timeoutMs: 40_000, intervalMs: 20 });
    return performance.now() - begun;
  }

  /** Has players enter, and begin, each until the leader has sent a write; `acting` resolves when their stories are over. */
  async begin(stops: readonly Stop[]): Promise<{ runs: readonly Run[]; acting: Promise<unknown> }> {
    const runs = await Promise.all(stops.map((stop) => this.#prepare(stop)));
    const acting = Promise.all(runs.map(({ story, player }) => story.act(player)));
    // How often a progress is written is not the same each time: a write that does not come is not waited for.
    await Promise.race([Promise.all(runs.map(({ late }) => late.taken)), acting, delay(SENT_WITHIN)]);
    return { runs, acting };
  }

  /** What was wrong with a story that is over. */
  async judge({ player, story, point, fate, late }: Run, allowed: Allowance = {}): Promise<string[]> {
    const reference = this.#references.get(story);
    if (reference === undefined) throw new Error('no reference');
    await player.witness.quiet(LULL);
    const seen = await outcomeOf(player, { like: reference.ending, lull: LULL });
    await leave(player);
    const outcome = { ...seen, course: courseBut(allowed, seen.course, reference.course) };
    const what = `${story.name}, ${told(point)} ${fate} (${late.code ?? 'not sent'})`;
    const found = differences(outcome, reference);
    process.stdout.write(`  ${what}: ${found.length === 0 ? 'ok' : found.join('; ')}\n`);
    return found.map((difference) => `${what}: ${difference}`);
  }

  async #enter(): Promise<Player> {
    const { stage } = this;
    const { simulator } = stage;
    if (simulator === undefined) throw new Error('no simulator');
    this.#entered += 1;
    const circumstances = { pace: 'Leisurely', outage: 'Nothing' } as const;
    return Player.enter({ stage, simulator }, `run-${this.#entered}`, circumstances);
  }

  /** How a story goes, and what is written in it, when nothing happens. */
  async #record(story: Story): Promise<void> {
    const player = await this.#enter();
    await story.before(player);
    const failpoint = new Failpoint(player.namespace);
    this.#failpoints.push(failpoint);
    await story.act(player);
    this.#references.set(story, await outcomeOf(player, { lull: REFERENCE_LULL }));
    await leave(player);
    this.points.push(...failpoint.writes.map((point) => ({ story, point })));
  }

  async #prepare(stop: Stop): Promise<Run> {
    const player = await this.#enter();
    await stop.story.before(player);
    const late = new LateWrite(stop.fate);
    const strike = (exchange: Exchange) => late.strike(exchange);
    const failpoint = new Failpoint(player.namespace, { point: stop.point, strike });
    this.#failpoints.push(failpoint);
    return { ...stop, player, late, failpoint };
  }
}

/** A course without what it may differ in. */
function courseBut({ states, boots = 0 }: Allowance, course: Course, reference: Course): Course {
  const upTo = (kind: 'VirtualMachineInstance' | 'Pod') => {
    const more = course.made[kind] - reference.made[kind];
    return more > 0 && more <= boots ? { [kind]: reference.made[kind] } : {};
  };
  return {
    ...course,
    ...(states === 'Any' && { states: reference.states }),
    made: { ...course.made, ...upTo('VirtualMachineInstance'), ...upTo('Pod') },
  };
}

/** Has the writes go on that have this fate; resolves when they are answered. */
export async function goOn(runs: readonly Run[], fate: Fate): Promise<void> {
  await Promise.all(runs.filter((run) => run.fate === fate).map(({ late }) => late.goOn()));
}

/** All, in any order, or as many as fit at once in the quick form, others for each seed. */
export function batchesOf(stops: readonly Stop[], { form, seed }: FaultSettings): Stop[][] {
  const dice = new Dice(seed);
  const left = [...stops];
  const batches: Stop[][] = [];
  while (left.length > 0 && (form === 'Long' || batches.length === 0)) {
    const draw = () => left.splice(dice.below(left.length), 1);
    batches.push(Array.from({ length: Math.min(AT_ONCE, left.length) }, draw).flat());
  }
  return batches;
}

async function leave(player: Player): Promise<void> {
  await player.leave();
  await player.clear();
}
