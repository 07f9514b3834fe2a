import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR_USER } from '../../support/installed-control-plane.ts';
import { Dice } from '../stories/dice.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { STORIES } from '../stories/stories.ts';
import { AT_ONCE, KillGround } from './kill-ground.ts';
import { batchesOf, targetsIn, toldTarget, type Tale } from './targets.ts';

const settings = readFaultSettings(process.env);
const dice = new Dice(settings.seed);
/** A quick form takes so many stories, and so many writes of them. */
const QUICK = { stories: 3, kills: AT_ONCE };
const LONGEST = settings.form === 'Quick' ? 120_000 : 1_500_000;

/** In turn, since a batch takes as long as the slowest in it. */
const PLOTS = (['Instant', 'Leisurely'] as const).flatMap((pace) =>
  STORIES.filter(({ paces }) => paces.includes(pace)).map((story) => ({ story, pace })),
);

describe(`the operator killed at a write (${toldFaultSettings(settings)})`, () => {
  let killing: KillGround;
  let tales: Tale[];

  beforeAll(async () => {
    killing = await KillGround.raise();
    tales = await killing.record(chosen(PLOTS, QUICK.stories));
  }, 240_000);
  afterAll(() => killing.ground.close(), 60_000);

  it(
    'each story ends as if nothing had happened, and nothing is done twice',
    async () => {
      expect(tales.flatMap(({ reference }) => reference.violations)).toEqual([]);
      const targets = chosen(tales.flatMap(targetsIn), QUICK.kills);
      const verdicts = await killing.perform(batchesOf(targets, AT_ONCE));
      for (const tale of tales) {
        const own = verdicts.filter(({ target }) => target.tale === tale);
        const { story, pace, writes } = tale;
        leaveResult(`killed ${story.name} ${pace}`, {
          fault: `operator killed (SIGKILL) at a write of: ${story.name}, KubeVirt ${pace.toLowerCase()}`,
          runs: own.length,
          violations: own.flatMap(({ found }) => found).length,
          counts: { writes: writes.length },
        });
      }
      const failures = verdicts.flatMap(({ target, found }) =>
        found.map((what) => `${toldTarget(target)}: ${what}`),
      );
      expect(failures).toEqual([]);
    },
    LONGEST,
  );

  it('has needed no right that it has not', async () => {
    const log = await killing.ground.stage.controlPlane.auditLog();
    const own = log.filter(({ user }) => user.username === OPERATOR_USER);
    const forbidden = own.filter(
      ({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid',
    );
    expect(own.length).toBeGreaterThan(0);
    expect(forbidden.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });
});

/** All, or as many as the quick form takes, others for each seed. */
function chosen<T>(all: readonly T[], quick: number): T[] {
  const left = [...all];
  if (settings.form === 'Long') return left;
  const draw = () => left.splice(dice.below(left.length), 1);
  return Array.from({ length: Math.min(quick, all.length) }, draw).flat();
}
