import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Dice } from '../stories/dice.ts';
import { differences, type Outcome } from '../stories/differences.ts';
import { raiseGround, type Ground } from '../stories/ground.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Player } from '../stories/player.ts';
import { leaveResult } from '../stories/results.ts';
import { numbersOf, readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { STORIES, type Story } from '../stories/stories.ts';
import { Liar, type Siege } from './liar.ts';

const settings = readFaultSettings(process.env);

/** Stories at a time; one that closes a node would be in the way of others. */
const AT_ONCE = 10;
const SIDE_BY_SIDE = STORIES.filter(({ name }) => name !== 'drain');
/** Lies about the requests of one run. */
const MOST_LIES = 4;
/** From one lie about a watch to the next. Milliseconds. */
const WATCHES_DISTURBED_EVERY = 2_000;
/** Nothing has been seen for so long: no more will come, also on a machine that has just begun with much else. Milliseconds. */
const LULL = 5_000;
const LONGEST = settings.form === 'Quick' ? 170_000 : 900_000;

describe(`an operator whose network lies (${toldFaultSettings(settings)})`, () => {
  const liar = new Liar(settings.seed);
  const references = new Map<string, Outcome>();
  let ground: Ground;

  beforeAll(async () => {
    ground = await raiseGround((exchange) => liar.intercept(exchange));
    const tell = async (story: Story) => references.set(story.name, await perform(story, 'truth'));
    await Promise.all(SIDE_BY_SIDE.map(tell));
  }, 240_000);
  afterAll(() => ground.close(), 60_000);

  /** Performs a story, with such lies. */
  async function perform(story: Story, namespace: string, siege?: Siege): Promise<Outcome> {
    const name = `${namespace}-${story.name.replaceAll(/[^a-z]+/g, '-')}`;
    const player = await Player.enter(ground, name, { pace: 'Instant', outage: 'Nothing' });
    try {
      await story.before(player);
      if (siege !== undefined) liar.beset(player.namespace, siege);
      await story.act(player);
      liar.spare(player.namespace);
      return await outcomeOf(player, { like: references.get(story.name)?.ending, lull: LULL });
    } finally {
      liar.spare(player.namespace);
      await player.leave();
      await player.clear();
    }
  }

  /** Performs a story that is chosen by a number, and says what was wrong. */
  async function performOne(number: number, stories: readonly Story[]): Promise<string[]> {
    const dice = new Dice(settings.seed + number);
    const story = dice.oneOf(stories as [Story, ...Story[]]);
    const reference = references.get(story.name);
    const siege = { dice, left: 1 + dice.below(MOST_LIES), told: [] };
    const found = await perform(story, `lies-${number}`, siege).then(
      (run) => (reference === undefined ? ['there is no reference'] : differences(run, reference)),
      (error: unknown) => [String(error)],
    );
    return found.map((what) => `run ${number}, ${story.name} (${siege.told.join('; ')}): ${what}`);
  }

  it(
    'ends as if it had told the truth, and nothing is done twice',
    async () => {
      const failures: string[] = [];
      const numbers = numbersOf(settings).values();
      const perpetual = async () => {
        for (const number of numbers) {
          const found = await performOne(number, SIDE_BY_SIDE);
          for (const what of found) process.stdout.write(`${what}\n`);
          failures.push(...found);
        }
      };
      const ended = Promise.all(Array.from({ length: AT_ONCE }, perpetual)).then(() => 'ended');
      while ((await Promise.race([ended, delay(WATCHES_DISTURBED_EVERY)])) !== 'ended') liar.disturbWatch();
      const told = [...liar.told].map(([lie, count]) => `${count} × ${lie}`).join(', ');
      process.stdout.write(`${numbersOf(settings).length} runs, lies: ${told}\n`);
      leaveResult('network', {
        fault: 'a network that lies',
        runs: numbersOf(settings).length,
        violations: failures.length,
        counts: Object.fromEntries(liar.told),
      });
      expect(failures).toEqual([]);
    },
    LONGEST,
  );
});
