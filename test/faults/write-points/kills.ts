import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR_USER } from '../../support/installed-control-plane.ts';
import { Dice } from '../stories/dice.ts';
import { pass, raiseGround, type Ground } from '../stories/ground.ts';
import { Player, type Pace } from '../stories/player.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { STORIES, type Story } from '../stories/stories.ts';
import { differences, type Outcome } from '../stories/differences.ts';
import { outcomeOf } from '../stories/outcome.ts';
import { Failpoint, told, type WritePoint } from '../stories/failpoint.ts';
import { killAt, MOMENTS, type Moment } from './kill.ts';

const settings = readFaultSettings(process.env);
/** A quick form takes so many stories, and so many runs of each. */
const QUICK = { stories: 2, runs: 3 };
const dice = new Dice(settings.seed);
const LONGEST = settings.form === 'Quick' ? 180_000 : 900_000;

interface Target {
  readonly point: WritePoint;
  readonly moment: Moment;
}

/** How a run went. */
interface Performance extends Outcome {
  readonly writes: readonly WritePoint[];
  readonly hasStruck: boolean;
}

/** Nothing has been seen for so long: no more will come, also on a machine that has just begun with much else. Milliseconds. */
const LULL = 5_000;

/** Where the operator is killed in the stories at these paces. */
export function describeKills(paces: readonly Pace[]): void {
  describe(`the operator killed at a write (${toldFaultSettings(settings)})`, () => {
    killInStories(paces);
  });
}

function killInStories(paces: readonly Pace[]): void {
  const all = STORIES.flatMap((story) => story.paces.map((pace) => ({ story, pace, name: story.name })));
  const ofPaces = all.filter(({ pace }) => paces.includes(pace));
  let ground: Ground;
  let runs = 0;

  beforeAll(async () => {
    ground = await raiseGround();
  }, 180_000);
  afterAll(() => ground.close(), 60_000);

  async function kill(): Promise<void> {
    await ground.operator.stop('SIGKILL');
  }

  /** Performs a story, once, and kills the operator at most once in it. `like`: as which it has to end. */
  async function perform(
    story: Story,
    pace: Pace,
    target?: Target,
    like?: Performance,
  ): Promise<Performance> {
    runs += 1;
    const player = await Player.enter(ground, `run-${runs}`, { pace, outage: 'Webhooks' });
    try {
      await story.before(player);
      const failpoint = new Failpoint(
        player.namespace,
        target && { point: target.point, strike: killAt(target.moment, kill) },
      );
      ground.intercept((exchange) => failpoint.intercept(exchange));
      const revived = target && failpoint.struck.then(() => ground.operator.restart());
      await story.act(player);
      if (failpoint.hasStruck) await revived;
      const outcome = await outcomeOf(player, { like: like?.ending, lull: LULL, timeoutMs: 15_000 });
      const { writes, hasStruck } = failpoint;
      return { ...outcome, writes, hasStruck };
    } finally {
      ground.intercept(pass);
      await player.leave();
      await player.clear();
    }
  }

  it.each(chosen(ofPaces, QUICK.stories))(
    '$name, $pace: ends as if nothing had happened, and nothing is done twice',
    async ({ story, pace }) => {
      const reference = await perform(story, pace);
      process.stdout.write(`${story.name}, ${pace}: ${reference.writes.map(told).join(', ')}\n`);
      expect(reference.violations).toEqual([]);
      const failures: string[] = [];
      const all = reference.writes.flatMap((point) => MOMENTS.map((moment) => ({ point, moment })));
      const targets = chosen(all, QUICK.runs);
      for (const target of targets) {
        const begun = performance.now();
        const found = await perform(story, pace, target, reference).then(
          (run) => [...unreached(run, story, target), ...differences(run, reference)],
          (error: unknown) => [String(error)],
        );
        const what = `killed at ${told(target.point)} ${target.moment}`;
        process.stdout.write(
          `  ${what}: ${found.length === 0 ? 'ok' : found.join('; ')} ${Math.round(performance.now() - begun)} ms\n`,
        );
        failures.push(...found.map((difference) => `${what}: ${difference}`));
      }
      leaveResult(`killed ${story.name} ${pace}`, {
        fault: `operator killed (SIGKILL) at a write of: ${story.name}, KubeVirt ${pace.toLowerCase()}`,
        runs: targets.length,
        violations: failures.length,
        counts: { writes: reference.writes.length },
      });
      expect(failures).toEqual([]);
    },
    LONGEST,
  );

  it('has needed no right that it has not', async () => {
    const log = await ground.stage.controlPlane.auditLog();
    const own = log.filter(({ user }) => user.username === OPERATOR_USER);
    const forbidden = own.filter(
      ({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid',
    );
    expect(own.length).toBeGreaterThan(0);
    expect(forbidden.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  /** How often a status is written is not the same each time: what is seen at once is written at once. */
  function unreached({ hasStruck }: Performance, { isRaced }: Story, { point }: Target): string[] {
    const mayBeMissing = isRaced === true || point.nth > 1;
    return hasStruck || mayBeMissing ? [] : ['was never reached'];
  }
}

/** All, or as many as the quick form takes, others for each seed. */
function chosen<T>(all: readonly T[], quick: number): T[] {
  const left = [...all];
  if (settings.form === 'Long') return left;
  const draw = () => left.splice(dice.below(left.length), 1);
  return Array.from({ length: Math.min(quick, all.length) }, draw).flat();
}
