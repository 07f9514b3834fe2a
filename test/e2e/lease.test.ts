import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { Instance } from '../../src/api/instance.ts';
import { aRescue } from '../builders/instance.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

const Events = z.object({
  items: z.array(z.object({ reason: z.string(), series: z.object({ count: z.int() }).optional() })),
});

/** A lease that is over when the rescue system is up: counted from the start of the rescue, it lies in the past. */
const PAST = { expiresAfter: '1s' };
const UNRESCUE = { ...PAST, onExpiry: 'Unrescue' } as const;

describe('the lease of a rescue, on KubeVirt', () => {
  const scene = useStage('leased');
  const { act, vm } = scene;

  const hasExpired = ({ status }: Instance) => status?.rescue?.expired !== undefined;

  function rescueIn({ status }: Instance) {
    const { since = '', expiresAt = '', expired } = status?.rescue ?? {};
    return { since, expiresAt, action: expired?.action };
  }

  /** When it was first seen, in milliseconds since the epoch; 0: never. */
  const seenToExpire = () => scene.play.observer.instances.find(({ object }) => hasExpired(object))?.at ?? 0;

  /** How often people were told that the lease has expired. */
  async function timesTold(): Promise<number> {
    const field = `involvedObject.name=${scene.play.name}`;
    const { stdout } = await scene.play.accepted(['get', 'events', '-o', 'json', '--field-selector', field]);
    return Events.parse(JSON.parse(stdout))
      .items.filter(({ reason }) => reason === 'LeaseExpired')
      .reduce((sum, { series }) => sum + (series?.count ?? 1), 0);
  }

  it('ends it at its time, once, with spec.rescue where it was; a changed one begins anew, and its end is the end', async () => {
    await act().running();
    await scene.play.apply({ rescue: aRescue({ expiresAfter: '3s', onExpiry: 'Unrescue' }) });

    const unrescued = await scene.play.settled('Running');

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
        `The lease of the rescue of Instance ${scene.play.key} expired at ${expiresAt}. ` +
        'It was unrescued. Remove spec.rescue, or change it to rescue the Instance again.',
    });
    expect(conditionOf(unrescued, 'Ready')).toMatchObject({ status: 'True' });
    expect(unrescued.spec.rescue).toMatchObject({ expiresAfter: '3s' });
    expect((await vm()).disks).toEqual(['root*']);
    await waitFor('people are told', async () => (await timesTold()) === 1);

    await scene.play.apply({ rescue: aRescue() });
    const again = await scene.play.settled('Rescued');
    expect(rescueIn(again)).toMatchObject({ expiresAt: '', action: undefined });

    await scene.play.apply({ rescue: aRescue(UNRESCUE) });
    const ended = await scene.play.settled('Running');
    expect(rescueIn(ended).action).toBe('Unrescue');
    const before = await vm();
    const mark = scene.play.mark();
    await scene.play.apply();
    const over = await scene.play.instance(
      'status.rescue is gone',
      ({ status }) => status?.rescue === undefined,
    );
    expect(conditionOf(over, 'Rescued')).toMatchObject({ status: 'False', reason: 'NotRescued' });
    expect(scene.play.statesSince(mark)).toEqual(['Running']);
    expect(await vm()).toEqual(before);
  }, 90_000);

  it('stops the VM where it says so, until spec.rescue is removed', async () => {
    await act().rescued();

    await scene.play.apply({ rescue: aRescue({ ...PAST, onExpiry: 'Stop' }) });

    const stopped = await scene.play.settled('Stopped');
    expect(conditionOf(stopped, 'Rescued')).toMatchObject({ status: 'False', reason: 'LeaseExpired' });
    expect(conditionOf(stopped, 'Ready')?.status).toBe('True');
    await scene.play.apply();
    await scene.play.settled('Running');
  }, 60_000);

  it('is only reported where it is kept, and the rescued Instance can be migrated as before', async () => {
    await act().rescued();
    const before = await vm();

    await scene.play.apply({ rescue: aRescue(PAST) });

    const kept = await scene.play.instance('it is reported', hasExpired);
    expect(kept.status?.state).toBe('Rescued');
    expect(conditionOf(kept, 'Rescued')).toMatchObject({ status: 'True', reason: 'LeaseExpired' });
    expect(conditionOf(kept, 'Ready')?.status).toBe('True');
    const mark = scene.play.mark();
    const migration = await scene.play.ended(await scene.play.migrate('kept'));
    expect(migration.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
    expect(await vm()).toEqual(before);
    await waitFor('people are told', async () => (await timesTold()) === 1);
  }, 60_000);

  it('is held back by a transfer, and ends the rescue when that is over', async () => {
    const rescued = await act().rescued();
    const mark = scene.play.mark();
    const name = await scene.play.migrate('held');
    await scene.play.transferring(name);

    await scene.play.apply({ rescue: aRescue(UNRESCUE) });

    const migration = await scene.play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Succeeded', source: { node: rescued.status?.node } });
    await scene.play.settled('Running');
    expect(scene.play.statesSince(mark).slice(0, 2)).toEqual(['Rescued', 'Unrescuing']);
    expect((await vm()).disks).toEqual(['root*']);
  }, 60_000);

  it('is not held back by a migration that has no transfer yet: that ends, and says why', async () => {
    const rescued = await act().rescued();
    scene.stage.simulator?.fail(scene.play.key, { targetPod: 'stuck' });
    const name = await scene.play.migrate('overtaken');
    await scene.play.migrationUntil(
      name,
      'is being prepared',
      ({ status }) => status?.attempts !== undefined,
    );
    const { node = '' } = rescued.status ?? {};

    await scene.play.apply({ rescue: aRescue(UNRESCUE) });

    const migration = await scene.play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Failed', outcome: { node } });
    expect(conditionOf(migration, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'LeaseExpired',
      message:
        `The lease of the rescue of Instance ${scene.play.key} expired before the transfer began, and ends the rescue. ` +
        `Create the LiveMigration again if the Instance is still to be moved. The guest is unharmed on node "${node}".`,
    });
    await scene.play.settled('Running');
  }, 60_000);

  it('ends the rescue also when the operator was away at its time', async () => {
    await act().rescued();
    await scene.play.apply({ rescue: aRescue({ expiresAfter: '10s', onExpiry: 'Unrescue' }) });
    await scene.play.instance('the lease is known', ({ status }) => status?.rescue?.expiresAt !== undefined);

    await scene.stage.operator.stop('SIGKILL');
    await scene.stage.restartOperator();

    const unrescued = await scene.play.settled('Running');
    expect(conditionOf(unrescued, 'Rescued')).toMatchObject({ status: 'False', reason: 'LeaseExpired' });
  }, 90_000);
});
