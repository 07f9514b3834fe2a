import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isAlive } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';
import { Dice } from '../stories/dice.ts';
import { told } from '../stories/failpoint.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';
import { FATES, type Fate } from './late-write.ts';
import { BACK_AND_FORTH } from './stories.ts';
import { batchesOf, goOn, Pair, type Allowance, type Run, type Stop } from './pair.ts';

const settings = readFaultSettings(process.env);
const dice = new Dice(settings.seed);

/** How long the leader is stopped: longer than its lease. Milliseconds. */
const PAUSE = settings.form === 'Long' ? 30_000 : 20_000;
/** A leader is replaced when its Lease has run out, 15 s after the other, which looks every 2.4 s at most, has seen it renewed. Milliseconds. */
const REPLACED_WITHIN = 20_000;

interface Stopped {
  readonly runs: readonly Run[];
  /** Milliseconds. */
  readonly tookOver: number;
  /** What the leader wrote when it was woken up. */
  readonly afterwards: readonly string[];
}

describe(`a leader that is stopped for ${PAUSE / 1000} s and wakes up (${toldFaultSettings(settings)})`, () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await Pair.raise({ asked: 'second' });
  }, 240_000);
  afterAll(() => pair.close(), 60_000);

  /** Stops the leader at all these writes, one of each story, until another one has ended the stories. */
  async function stopAt(batch: readonly Stop[]): Promise<Stopped> {
    const { runs, acting } = await pair.begin(batch);
    const { pid } = pair.first;
    process.kill(pid, 'SIGSTOP');
    const paused = delay(PAUSE);
    await goOn(runs, 'is answered late');
    const tookOver = await pair.leads('second');
    await goOn(runs, 'arrives when another leads');
    await acting;
    await goOn(runs, 'arrives when all is done');
    await paused;
    const sent = new Map(runs.map((run) => [run, run.failpoint.writes.length]));
    process.kill(pid, 'SIGCONT');
    await waitFor('the one that led has ended', () => !isAlive(pid), { timeoutMs: 20_000 });
    const afterwards = runs.flatMap((run) =>
      run.failpoint.writes
        .slice(sent.get(run))
        .map((point) => `${run.story.name}: ${told(point)}, sent by who led no more`),
    );
    return { runs, tookOver, afterwards };
  }

  it('does nothing twice, whatever it was doing, and whenever its writes arrive', async () => {
    const failures: string[] = [];
    const replaced: number[] = [];
    const stops = pair.points.flatMap((one) => fatesOf(one).map((fate) => ({ ...one, fate })));
    const batches = batchesOf(stops, settings);
    for (const [index, batch] of batches.entries()) {
      if (index > 0) await pair.restore();
      const { runs, tookOver, afterwards } = await stopAt(batch);
      process.stdout.write(`a leader that is stopped is replaced in ${Math.round(tookOver)} ms\n`);
      replaced.push(tookOver);
      failures.push(...afterwards);
      failures.push(...(await Promise.all(runs.map((run) => pair.judge(run, allowanceOf(run))))).flat());
    }
    leaveResult('stopped leader', {
      fault: `leader stopped for ${PAUSE / 1000} s (SIGSTOP) at a write, which arrives late, or is answered late`,
      runs: batches.flat().length,
      violations: failures.length,
      counts: {},
      longest: { 'until another led': Math.max(...replaced) },
    });
    expect(failures).toEqual([]);
    expect(Math.max(...replaced)).toBeLessThan(REPLACED_WITHIN);
  }, 900_000);
});

/**
 * virt-api is not told which boot it is to end, so a restart that the network has kept ends the one that another leader has
 * ordered (docs/adr/0061-an-older-api-server.md): the same system is booted once more.
 */
function allowanceOf({ point, fate }: Run): Allowance {
  const isLateRestart = point.what === 'PUT virtualmachines/restart' && fate !== 'is answered late';
  return isLateRestart ? { boots: 1, states: 'Any' } : {};
}

/**
 * A status is written on the version that was decided upon, so one fate stands for all; an order is not. Left out: what stores
 * a VM, and arrives when it was stored otherwise since. It can't be refused either; it is put right when it is seen.
 */
function fatesOf({ story, point: { what } }: Pick<Stop, 'story' | 'point'>): readonly Fate[] {
  if (what === 'PATCH virtualmachines' && BACK_AND_FORTH.includes(story)) return ['is answered late'];
  return what.endsWith('/status') ? [dice.oneOf(FATES)] : FATES;
}
