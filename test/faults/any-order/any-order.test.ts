import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOperator } from '../../support/operator.ts';
import { raiseStage, type Stage } from '../../support/stage.ts';
import { leaveResult } from '../stories/results.ts';
import { numbersOf, readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { KINDS } from './commands.ts';
import type { Site } from './ground.ts';
import { openLanes, type Lane } from '../stories/lane.ts';
import { MUTANTS } from './mutants.ts';
import { play } from './sequences.ts';
import { shortfalls, Tally } from './tally.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

const settings = readFaultSettings(process.env, { Quick: 4, Long: 100 });
const numbers = numbersOf(settings);
/** KubeVirt makes five migrations at a time, and looks again every 5 s: more would wait for each other. */
const LANES = Math.min(8, numbers.length);
/** Commands of a sequence at the most. */
const LENGTH = settings.form === 'Quick' ? 12 : 24;
/** KubeVirt's own pause after failed starts is the longest of all that has to pass. Milliseconds. */
const CONVERGENCE = 180_000;
/** Each takes longer than all of the quick form. */
const TRIED = settings.form === 'Long' ? Object.entries(MUTANTS) : [];
const LONGEST = settings.form === 'Quick' ? 240_000 : 1_800_000;

describe(`whatever users, admins and accidents do, in any order (${toldFaultSettings(settings)})`, () => {
  const tally = new Tally();
  let stage: Stage;
  let site: Site;
  let lanes: Lane[];

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    const { simulator } = stage;
    if (simulator === undefined) throw new Error('no simulator');
    await stage.controlPlane.startGarbageCollector();
    site = { stage, simulator, tally, say: (line) => process.stdout.write(`${line}\n`) };
    lanes = await openLanes(stage, simulator, LANES);
  }, 180_000);
  afterAll(() => stage.close(), 60_000);

  it(
    'keeps the rules at every event, and ends as asked, without a write',
    async () => {
      const begun = performance.now();
      const { seed, only } = settings;
      const wrong = await play(site, lanes, {
        name: 'any-order',
        seed,
        numbers,
        length: LENGTH,
        convergence: CONVERGENCE,
        shrinks: only.length > 0,
      });
      const counts = Object.fromEntries([...tally.counts].sort());
      process.stdout.write(
        `${toldFaultSettings(settings)}: ${numbers.length} sequences in ${Math.round((performance.now() - begun) / 1000)} s: ${JSON.stringify(counts)}\n`,
      );
      leaveResult('any order', {
        fault: 'anything that users, admins and accidents do, in any order',
        runs: numbers.length,
        violations: wrong.length,
        counts,
      });
      expect(wrong).toEqual([]);
      const isWhole = only.length === 0;
      expect(isWhole ? shortfalls(tally, numbers.length) : []).toEqual([]);
      const missing = KINDS.filter((kind) => tally.of(`commands ${kind}`) === 0);
      expect(settings.form === 'Long' && isWhole ? missing : []).toEqual([]);
    },
    LONGEST,
  );

  for (const [mutant, { want }] of TRIED) {
    it(`is noticed when ${mutant}`, async () => {
      expect((await mutated(mutant)).join('\n')).toMatch(want);
    }, 240_000);
  }

  /** What is wrong where the operator is that mutant. */
  async function mutated(mutant: string): Promise<string[]> {
    const { operator, controlPlane, admin, driver } = stage;
    await operator.stop();
    const mutation = new URL(`mutate.ts?mutant=${encodeURIComponent(mutant)}`, import.meta.url).href;
    const wrongOne = await startOperator({
      controlPlane,
      admin,
      driver,
      identity: 'mutant',
      settings: { 'leader-elect': 'false' },
      program: ['--import', mutation, MAIN],
    });
    try {
      await wrongOne.caughtUp();
      return await play({ ...site, say: () => undefined }, lanes, {
        name: mutant.replaceAll(' ', '-').toLowerCase().slice(0, 40),
        seed: settings.seed,
        numbers: lanes.map((_, index) => index + 1),
        length: LENGTH,
        convergence: 10_000,
        shrinks: false,
      });
    } finally {
      await wrongOne.stop('SIGKILL');
    }
  }
});
