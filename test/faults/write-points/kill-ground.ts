import { setTimeout as delay } from 'node:timers/promises';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { resources } from '../../kubevirt-simulator/objects/kinds.ts';
import { installNamespace } from '../../kubevirt-simulator/objects/names.ts';
import { differences } from '../stories/differences.ts';
import { Failpoint, interceptAt, told } from '../stories/failpoint.ts';
import { raiseGround, type Ground } from '../stories/ground.ts';
import { openLanes, type Lane } from '../stories/lane.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Player } from '../stories/player.ts';
import { Kill } from './kill.ts';
import { toldTarget, type Plot, type Tale, type Target } from './targets.ts';

/** Stories that the operator is killed in at once: it has twelve connections, and each write that is held keeps one. */
export const AT_ONCE = 9;
/** No drain or migration waits for the others, and no worker for another one whose write is held. */
const OPERATOR = { workers: '16', 'drain-limit-per-cluster': '16' };
const KUBEVIRT = { parallelMigrationsPerCluster: 16 };
/** Nothing has been seen for so long: no more will come, also on a machine that has just begun with much else. Milliseconds. */
const LULL = 5_000;
/** Who waits for the answer to a write gives up after 30 s. Milliseconds. */
const SENT_WITHIN = 20_000;

/** A story up to where the operator may be killed. */
interface Run {
  readonly target: Target;
  readonly player: Player;
  readonly lane: Lane;
  readonly failpoint: Failpoint;
  readonly kill: Kill;
}

/** The same while it goes on. */
interface Telling extends Run {
  /** What was wrong on the way; resolves when it is over. */
  readonly acted: Promise<string[]>;
}

/** What was wrong with a story; empty: nothing. */
interface Verdict {
  readonly target: Target;
  readonly found: readonly string[];
}

/** An operator that is killed in several stories at once, each on nodes of its own. */
export class KillGround {
  readonly ground: Ground;
  readonly #lanes: readonly Lane[];
  readonly #failpoints: Failpoint[];
  #entered = 0;

  private constructor(ground: Ground, lanes: readonly Lane[], failpoints: Failpoint[]) {
    this.ground = ground;
    this.#lanes = lanes;
    this.#failpoints = failpoints;
  }

  static async raise(): Promise<KillGround> {
    const failpoints: Failpoint[] = [];
    const ground = await raiseGround((exchange) => interceptAt(failpoints, exchange), OPERATOR);
    const { stage, simulator } = ground;
    const patch = { spec: { configuration: { migrations: KUBEVIRT } } };
    const kubevirt = { namespace: installNamespace, name: 'kubevirt' };
    await new ResourceClient(stage.admin, resources.KubeVirt).mergePatch(kubevirt, patch);
    return new KillGround(ground, await openLanes(stage, simulator, AT_ONCE), failpoints);
  }

  /** How these go when nothing happens. */
  async record(plots: readonly Plot[]): Promise<Tale[]> {
    const tales: Tale[] = [];
    const left = plots.entries();
    const perpetual = async (lane: Lane) => {
      for (const [index, plot] of left) tales[index] = await this.#record(plot, lane);
    };
    await Promise.all(this.#lanes.map(perpetual));
    return tales;
  }

  /** Kills the operator once in each batch, and says of each target what was wrong. While one ends, the next one is begun. */
  async perform(batches: readonly (readonly Target[])[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    let runs = await this.#prepareAll(batches[0]);
    for (const index of batches.keys()) {
      const begun = performance.now();
      const tellings = await this.#killIn(runs);
      const judging = Promise.all(tellings.map(judge));
      const [judged, next] = await Promise.all([judging, this.#prepareAll(batches[index + 1])]);
      process.stdout.write(`${runs.length} killed in ${Math.round(performance.now() - begun)} ms\n`);
      verdicts.push(...judged);
      runs = next;
    }
    return verdicts;
  }

  async #enter({ pace }: Plot, lane: Lane): Promise<Player> {
    this.#entered += 1;
    return Player.enter(this.ground, `run-${this.#entered}`, { pace, outage: 'Webhooks', lane });
  }

  async #record(plot: Plot, lane: Lane): Promise<Tale> {
    const { story, pace } = plot;
    const player = await this.#enter(plot, lane);
    await story.before(player);
    const failpoint = new Failpoint(player.namespace);
    this.#failpoints.push(failpoint);
    await story.act(player);
    const reference = await outcomeOf(player, { lull: LULL });
    await leave(player);
    const { writes } = failpoint;
    process.stdout.write(`${story.name}, ${pace}: ${writes.map(told).join(', ')}\n`);
    return { story, pace, reference, writes };
  }

  async #prepare(target: Target, lane: Lane): Promise<Run> {
    const { tale, point, moment } = target;
    const player = await this.#enter(tale, lane);
    await tale.story.before(player);
    const kill = new Kill(moment);
    const failpoint = new Failpoint(player.namespace, {
      point,
      strike: (exchange) => {
        // What it has to do is not done before the operator is back.
        if (tale.pace === 'Leisurely') lane.standStill(this.ground.simulator, true);
        return kill.strike(exchange);
      },
      follow: (exchange) => kill.follow(exchange),
    });
    this.#failpoints.push(failpoint);
    return { target, player, lane, failpoint, kill };
  }

  async #prepareAll(targets: readonly Target[] = []): Promise<Run[]> {
    const lanes = this.#lanes.values();
    return Promise.all(targets.map((target) => this.#prepare(target, nextOf(lanes))));
  }

  /** Tells all until they are at their targets, and kills the operator; resolves when the next process has seen all. */
  async #killIn(runs: readonly Run[]): Promise<Telling[]> {
    const { operator, simulator } = this.ground;
    const tellings = runs.map((run) => ({ ...run, acted: act(run) }));
    const areThere = tellings.map(({ kill, acted }) => Promise.race([kill.taken, acted]));
    await Promise.race([Promise.all(areThere), delay(SENT_WITHIN, undefined, { ref: false })]);
    await Promise.all(runs.map(({ kill }) => kill.goOn()));
    await operator.stop('SIGKILL');
    for (const { kill } of runs) kill.end();
    await operator.restart();
    await operator.caughtUp();
    for (const { lane } of runs) lane.standStill(simulator, false);
    return tellings;
  }
}

function nextOf(lanes: Iterator<Lane, undefined>): Lane {
  const { value } = lanes.next();
  if (value === undefined) throw new Error('more stories than lanes');
  return value;
}

/** Tells a story to its end: what was wrong. */
async function act({ target, player }: Run): Promise<string[]> {
  return target.tale.story.act(player).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

async function judge({ acted, ...run }: Telling): Promise<Verdict> {
  const { target, player, failpoint } = run;
  const found = [...(await acted), ...(await wrongIn(run))];
  await leave(player);
  process.stdout.write(`  ${toldTarget(target)}: ${found.length === 0 ? 'ok' : found.join('; ')}\n`);
  if (found.length > 0) process.stdout.write(`  wrote: ${failpoint.writes.map(told).join(', ')}\n`);
  return { target, found };
}

async function wrongIn({ target, player, failpoint }: Run): Promise<string[]> {
  const { story, reference } = target.tale;
  const outcome = await outcomeOf(player, { like: reference.ending, lull: LULL, timeoutMs: 15_000 });
  // How often a status is written is not the same each time: what is seen at once is written at once.
  const mayBeMissing = story.isRaced === true || target.point.nth > 1;
  const isUnreached = !failpoint.hasStruck && !mayBeMissing;
  return [...(isUnreached ? ['was never reached'] : []), ...differences(outcome, reference)];
}

async function leave(player: Player): Promise<void> {
  await player.leave();
  await player.clear();
}
