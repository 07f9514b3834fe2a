import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { raiseStage } from '../../support/stage.ts';
import { Dice } from '../stories/dice.ts';
import { differences, type Outcome } from '../stories/differences.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Player, type Outage } from '../stories/player.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { STORIES, type Story } from '../stories/stories.ts';
import type { Cluster, Disaster } from './disasters.ts';
import { Operators } from './operators.ts';

const settings = readFaultSettings(process.env);
const dice = new Dice(settings.seed);

/** Disasters that the quick form takes, others for each seed. */
const QUICK = 1;
/** Told side by side; one that closes a node would be in the way of others. */
const TOLD = STORIES.filter(({ name }) => name !== 'drain');
/** The stories have begun that long ago at most. Milliseconds. */
const LATEST = 2_500;
/** Nothing has been seen for so long: no more will come. Milliseconds. */
const LULL = 2_000;
/** The same for what all others are held against, told on a machine that has just begun with much else. Milliseconds. */
const REFERENCE_LULL = 5_000;
/** How long an end may take when all is well again: an order whose answer was lost is settled after a minute. Milliseconds. */
const LONGEST = 120_000;
/** From SIGTERM until another one leads. Milliseconds. */
const HAND_OVER = 1_000;

/** What befalls a control plane under load, one after the other. */
export function describeDisasters(disasters: readonly Disaster[]): void {
  describe(`what befalls a control plane under load (${toldFaultSettings(settings)})`, () => {
    tellIn(disasters);
  });
}

function tellIn(disasters: readonly Disaster[]): void {
  let cluster: Cluster;
  let entered = 0;
  const references = new Map<Story, Outcome>();

  beforeAll(async () => {
    const stage = await raiseStage('kubevirt');
    const { simulator } = stage;
    if (simulator === undefined) throw new Error('no simulator');
    await stage.controlPlane.startGarbageCollector();
    cluster = { stage, simulator, operators: new Operators(stage) };
    await Promise.all(
      TOLD.map(async (story) => {
        const player = await enter('Nothing');
        await story.before(player);
        await story.act(player);
        references.set(story, await outcomeOf(player, { lull: REFERENCE_LULL }));
        await leave(player);
      }),
    );
  }, 240_000);
  afterAll(async () => {
    await cluster.operators.close();
    await cluster.stage.close();
  }, 60_000);

  function enter(outage: Outage, lasts = 0): Promise<Player> {
    entered += 1;
    return Player.enter(cluster, `run-${entered}`, { pace: 'Leisurely', outage, lasts });
  }

  async function leave(player: Player): Promise<void> {
    await player.leave();
    await player.clear();
  }

  /** Tells a story in which something happens, and says what was wrong. */
  async function tell(story: Story, player: Player, lasts: number): Promise<string[]> {
    const reference = references.get(story);
    if (reference === undefined) throw new Error('no reference');
    try {
      await story.act(player);
      const end = { like: reference.ending, lull: LULL, timeoutMs: lasts + LONGEST };
      return differences(await outcomeOf(player, end), reference);
    } catch (error) {
      return [String(error)];
    }
  }

  /** All stories at once, and something befalls them in their midst. */
  async function performAll({ name, outage, lasts: away = 0, strike }: Disaster): Promise<string[]> {
    // What KubeVirt could not make it tries again after a pause that has doubled each time: as long again at most.
    const lasts = 2 * away;
    const players = await Promise.all(
      TOLD.map(async (story) => {
        const player = await enter(outage, lasts);
        await story.before(player);
        return { story, player };
      }),
    );
    const telling = players.map(async ({ story, player }) => {
      const found = await tell(story, player, lasts);
      return found.map((what) => `${story.name}: ${what}`);
    });
    const wait = dice.below(LATEST);
    await delay(wait);
    await strike(cluster);
    const found = (await Promise.all(telling)).flat();
    // Not before: in the midst of it nobody can leave.
    await Promise.all(players.map(({ player }) => leave(player)));
    process.stdout.write(`${name}, after ${wait} ms: ${found.length === 0 ? 'ok' : found.join('\n')}\n`);
    return found;
  }

  it.each(chosen(disasters))(
    '$name: everybody is served, ends as if nothing had happened, and nothing is done twice',
    async (disaster) => {
      const failures = await performAll(disaster);
      const { handOvers, restarts } = cluster.operators;
      leaveResult(`control plane ${disaster.name}`, {
        fault: `under load, ${disaster.name}`,
        runs: TOLD.length,
        violations: failures.length,
        counts: { ...(restarts > 0 && { 'operator started again, so far': restarts }) },
        ...(handOvers.length > 0 && { longest: { 'hand-over, so far': Math.max(...handOvers) } }),
      });
      expect(failures).toEqual([]);
      expect(Math.max(0, ...handOvers)).toBeLessThan(HAND_OVER);
    },
    1_500_000,
  );
}

/** All, or as many as the quick form takes, others for each seed. */
function chosen(disasters: readonly Disaster[]): Disaster[] {
  const left = [...disasters];
  const draw = () => left.splice(dice.below(left.length), 1);
  return settings.form === 'Long' ? left : Array.from({ length: QUICK }, draw).flat();
}
