import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOperator, type RunningOperator } from '../../support/operator.ts';
import { leaseHolder, raiseScenery, type Scenery } from '../../support/stage.ts';
import { waitFor } from '../../support/wait.ts';
import { Dice } from '../stories/dice.ts';
import { differences, type Outcome } from '../stories/differences.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Player } from '../stories/player.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { STORIES, type Story } from '../stories/stories.ts';

const settings = readFaultSettings(process.env);
const HOUR = 3_600_000;
const STEPS = [HOUR, -HOUR] as const;
const chosen = settings.form === 'Long' ? STEPS : [new Dice(settings.seed).oneOf(STEPS)];

const SIDE_BY_SIDE = ['rescue', 'unrescue', 'migrate while rescued'];
/** One that closes a node is told when the others are over. */
const ALONE = settings.form === 'Long' ? ['drain'] : [];
const TOLD = STORIES.filter(({ name }) => [...SIDE_BY_SIDE, ...ALONE].includes(name));
/** Nothing has been seen for so long: no more will come. Milliseconds. */
const LULL = 3_000;
/** Shorter than the step, and longer than the test. */
const HALF_AN_HOUR = '30m';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

describe.each(chosen)(
  `a leader whose clock jumps by %d ms, and back (${toldFaultSettings(settings)})`,
  (step) => {
    let stage: Scenery;
    let jumping: RunningOperator;
    let second: RunningOperator;
    let entered = 0;
    const references = new Map<Story, Outcome>();

    beforeAll(async () => {
      stage = await raiseScenery('kubevirt');
      const { controlPlane, admin, driver } = stage;
      const clock = new URL(`jumping-clock.mjs?step=${step}`, import.meta.url).href;
      const program = ['--import', clock, MAIN];
      jumping = await startOperator({ controlPlane, admin, driver, identity: 'jumping', program });
      // From now on the API server asks this one, whose clock is right.
      second = await startOperator({ controlPlane, admin, driver, identity: 'second' });
      await waitFor('it leads', async () => (await leaseHolder(admin)).startsWith('jumping_'));
      await stage.capabilitiesKnown();
    }, 120_000);
    afterAll(async () => {
      await jumping.stop();
      await second.stop();
      await stage.close();
    }, 60_000);

    function enter(): Promise<Player> {
      const { simulator } = stage;
      if (simulator === undefined) throw new Error('no simulator');
      entered += 1;
      return Player.enter({ stage, simulator }, `run-${entered}`, { pace: 'Leisurely', outage: 'Nothing' });
    }

    /** How a story goes. */
    async function tell(story: Story): Promise<Outcome> {
      const player = await enter();
      try {
        await story.before(player);
        await story.act(player);
        return await outcomeOf(player, { like: references.get(story)?.ending, lull: LULL });
      } finally {
        await player.leave();
        await player.clear();
      }
    }

    async function tellAll(): Promise<Map<Story, Outcome>> {
      const outcomes = new Map<Story, Outcome>();
      const tellOne = async (story: Story) => outcomes.set(story, await tell(story));
      const isBeside = ({ name }: Story) => SIDE_BY_SIDE.includes(name);
      await Promise.all(TOLD.filter(isBeside).map(tellOne));
      for (const story of TOLD.filter((one) => !isBeside(one))) await tellOne(story);
      return outcomes;
    }

    async function differencesNow(): Promise<string[]> {
      const outcomes = await tellAll();
      return [...outcomes].flatMap(([story, outcome]) => {
        const reference = references.get(story);
        if (reference === undefined) throw new Error('no reference');
        return differences(outcome, reference).map((what) => `${story.name}: ${what}`);
      });
    }

    it('goes on as if nothing had happened: nothing expires, nothing is given up, nobody else leads', async () => {
      for (const [story, outcome] of await tellAll()) references.set(story, outcome);
      const leader = await leaseHolder(stage.admin);
      const patient = await enter();
      await patient.create();
      await patient.settled('Running');
      await patient.rescue({ expiresAfter: HALF_AN_HOUR, onExpiry: 'Unrescue' });
      await patient.settled('Rescued');
      const before = patient.witness.course();

      process.kill(jumping.pid, 'SIGUSR2');
      await patient.migrate({ completionTimeout: HALF_AN_HOUR });
      const under = await differencesNow();
      await patient.ended();
      process.kill(jumping.pid, 'SIGUSR2');
      const after = await differencesNow();
      await patient.touch();
      await patient.settled('Rescued');

      const { states, phases, made } = patient.witness.course();
      const { instance } = patient.witness;
      await patient.leave();
      await patient.clear();
      const found = [...under, ...after];
      leaveResult(`clock ${step}`, {
        fault: `the leader's clock jumps by ${step / HOUR} h, and back a while later`,
        runs: 2 * TOLD.length + 1,
        violations: found.length,
        counts: {},
      });
      expect(found).toEqual([]);
      expect({ states, boots: made.VirtualMachineInstance, last: phases.at(-1) }).toEqual({
        states: before.states,
        boots: before.made.VirtualMachineInstance,
        last: 'Succeeded',
      });
      expect(instance?.status?.rescue?.expired).toBeUndefined();
      expect(await leaseHolder(stage.admin)).toBe(leader);
    }, 240_000);
  },
);
