import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Instance } from '../../src/api/instance.ts';
import { aRescue } from '../builders/instance.ts';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

const Events = z.object({
  items: z.array(z.object({ reason: z.string(), series: z.object({ count: z.int() }).optional() })),
});

/** A lease that is over when the rescue system is up: counted from the start of the rescue, it lies in the past. */
const PAST = { expiresAfter: '1s' };
const UNRESCUE = { ...PAST, onExpiry: 'Unrescue' } as const;

describe('the lease of a rescue, on KubeVirt', () => {
  let stage: Stage;
  let play: Play;
  let plays = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  function act(): Play {
    plays += 1;
    play = new Play(stage, `leased-${plays}`);
    return play;
  }

  const vm = () => readVm(stage.admin, { namespace: stage.namespace, name: play.name });

  const hasExpired = ({ status }: Instance) => status?.rescue?.expired !== undefined;

  function rescueIn({ status }: Instance) {
    const { since = '', expiresAt = '', expired } = status?.rescue ?? {};
    return { since, expiresAt, action: expired?.action };
  }

  /** When it was first seen, in milliseconds since the epoch; 0: never. */
  const seenToExpire = () => play.observer.instances.find(({ object }) => hasExpired(object))?.at ?? 0;

  /** How often people were told that the lease has expired. */
  async function timesTold(): Promise<number> {
    const field = `involvedObject.name=${play.name}`;
    const { stdout } = await play.accepted(['get', 'events', '-o', 'json', '--field-selector', field]);
    return Events.parse(JSON.parse(stdout))
      .items.filter(({ reason }) => reason === 'LeaseExpired')
      .reduce((sum, { series }) => sum + (series?.count ?? 1), 0);
  }

  it('ends it at its time, once, with spec.rescue where it was; a changed one begins anew, and its end is the end', async () => {
    await act().running();
    await play.apply({ rescue: aRescue({ expiresAfter: '3s', onExpiry: 'Unrescue' }) });

    const unrescued = await play.settled('Running');

    const { since, expiresAt, action } = rescueIn(unrescued);
    expect(action).toBe('Unrescue');
    expect(Date.parse(expiresAt) - Date.parse(since)).toBe(3_000);
    const late = seenToExpire() - Date.parse(expiresAt);
    expect(late).toBeGreaterThanOrEqual(0);
    // Well before anything else would have made the operator look at it.
    expect(late).toBeLessThan(10_000);
    expect(conditionOf(unrescued, 'Rescued')).toMatchObject({
      status: 'False',
      reason: 'LeaseExpired',
      message:
        `The lease of the rescue of Instance ${play.key} expired at ${expiresAt}. ` +
        'It was unrescued. Remove spec.rescue, or change it to rescue the Instance again.',
    });
    expect(conditionOf(unrescued, 'Ready')).toMatchObject({ status: 'True' });
    expect(unrescued.spec.rescue).toMatchObject({ expiresAfter: '3s' });
    expect((await vm()).disks).toEqual(['root*']);
    await waitFor('people are told', async () => (await timesTold()) === 1);

    await play.apply({ rescue: aRescue() });
    const again = await play.settled('Rescued');
    expect(rescueIn(again)).toMatchObject({ expiresAt: '', action: undefined });

    await play.apply({ rescue: aRescue(UNRESCUE) });
    const ended = await play.settled('Running');
    expect(rescueIn(ended).action).toBe('Unrescue');
    const before = await vm();
    const mark = play.mark();
    await play.apply();
    const over = await play.instance('status.rescue is gone', ({ status }) => status?.rescue === undefined);
    expect(conditionOf(over, 'Rescued')).toMatchObject({ status: 'False', reason: 'NotRescued' });
    expect(play.statesSince(mark)).toEqual(['Running']);
    expect(await vm()).toEqual(before);
  }, 90_000);

  it('stops the VM where it says so, until spec.rescue is removed', async () => {
    await act().rescued();

    await play.apply({ rescue: aRescue({ ...PAST, onExpiry: 'Stop' }) });

    const stopped = await play.settled('Stopped');
    expect(conditionOf(stopped, 'Rescued')).toMatchObject({ status: 'False', reason: 'LeaseExpired' });
    expect(conditionOf(stopped, 'Ready')?.status).toBe('True');
    await play.apply();
    await play.settled('Running');
  }, 60_000);

  it('is only reported where it is kept, and the rescued Instance can be migrated as before', async () => {
    await act().rescued();
    const before = await vm();

    await play.apply({ rescue: aRescue(PAST) });

    const kept = await play.instance('it is reported', hasExpired);
    expect(kept.status?.state).toBe('Rescued');
    expect(conditionOf(kept, 'Rescued')).toMatchObject({ status: 'True', reason: 'LeaseExpired' });
    expect(conditionOf(kept, 'Ready')?.status).toBe('True');
    const mark = play.mark();
    const migration = await play.ended(await play.migrate('kept'));
    expect(migration.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    expect(await vm()).toEqual(before);
    await waitFor('people are told', async () => (await timesTold()) === 1);
  }, 60_000);

  it('is held back by a transfer, and ends the rescue when that is over', async () => {
    const rescued = await act().rescued();
    const mark = play.mark();
    const name = await play.migrate('held');
    await play.transferring(name);

    await play.apply({ rescue: aRescue(UNRESCUE) });

    const migration = await play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Succeeded', source: { node: rescued.status?.node } });
    await play.settled('Running');
    expect(play.statesSince(mark).slice(0, 2)).toEqual(['Rescued', 'Unrescuing']);
    expect((await vm()).disks).toEqual(['root*']);
  }, 60_000);

  it('is not held back by a migration that has no transfer yet: that ends, and says why', async () => {
    const rescued = await act().rescued();
    stage.simulator?.fail(play.key, { targetPod: 'stuck' });
    const name = await play.migrate('overtaken');
    await play.migrationUntil(name, 'is being prepared', ({ status }) => status?.attempts !== undefined);
    const { node = '' } = rescued.status ?? {};

    await play.apply({ rescue: aRescue(UNRESCUE) });

    const migration = await play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Failed', outcome: { node } });
    expect(conditionOf(migration, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'LeaseExpired',
      message:
        `The lease of the rescue of Instance ${play.key} expired before the transfer began, and ends the rescue. ` +
        `Create the LiveMigration again if the Instance is still to be moved. The guest is unharmed on node "${node}".`,
    });
    await play.settled('Running');
  }, 60_000);

  it('ends the rescue also when the operator was away at its time', async () => {
    await act().rescued();
    await play.apply({ rescue: aRescue({ expiresAfter: '10s', onExpiry: 'Unrescue' }) });
    await play.instance('the lease is known', ({ status }) => status?.rescue?.expiresAt !== undefined);

    await stage.operator.stop('SIGKILL');
    await stage.restartOperator();

    const unrescued = await play.settled('Running');
    expect(conditionOf(unrescued, 'Rescued')).toMatchObject({ status: 'False', reason: 'LeaseExpired' });
  }, 90_000);
});
