import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SOURCE_LABEL } from '../../src/api/names.ts';
import { aDisk, anInstance, aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { conditionOf, Play } from './play.ts';

describe('a rescued Instance that is migrated, on KubeVirt', () => {
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
    play = new Play(stage, `vm-${plays}`);
    return play;
  }

  const vm = () => readVm(stage.admin, { namespace: stage.namespace, name: play.name });

  it('stays Rescued where it is when the migration fails, in the words of KubeVirt, and can be unrescued there', async () => {
    const { rescued } = { rescued: await act().rescued() };
    stage.simulator?.fail(play.key, { migrationFails: 'the guest CPU does not match' });
    const mark = play.mark();

    const migration = await play.ended(await play.migrate('fails'));

    expect(migration.status).toMatchObject({
      phase: 'Failed',
      outcome: { node: rescued.status?.node },
      instanceState: 'Rescued',
    });
    expect(conditionOf(migration, 'Stalled')).toMatchObject({ status: 'True', reason: 'MigrationFailed' });
    expect(conditionOf(migration, 'Stalled')?.message).toContain('the guest CPU does not match');
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    await play.apply();
    await play.settled('Running');
    expect((await vm()).disks).toEqual(['root*']);
  }, 60_000);

  it('stays on its source when the migration is aborted, and can be migrated again', async () => {
    const rescued = await act().rescued();
    const mark = play.mark();
    const name = await play.migrate('aborted');
    await play.transferring(name);

    await play.accepted(['patch', 'lm', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);

    const migration = await play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Aborted', outcome: { node: rescued.status?.node } });
    expect(conditionOf(migration, 'Ready')).toMatchObject({ status: 'True', reason: 'AbortRequested' });
    const again = await play.ended(await play.migrate('again'));
    expect(again.status?.phase).toBe('Succeeded');
    expect(play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('is migrated as soon as it is rescued, by one file with the LiveMigration before its Instance', async () => {
    const { name } = act();
    const { namespace } = stage;
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const placement = { nodeSelector: { [SOURCE_LABEL]: 'true' } };
    const migration = aLiveMigration({ name: `${name}-early`, namespace, spec: { instanceName: name } });
    const instance = anInstance({ name, namespace, spec: { disks, placement, rescue: aRescue() } });
    const mark = play.mark();

    const printed = await play.accepted(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'List',
      items: [migration, instance],
    });

    expect(printed.stderr).toContain(
      `Instance ${play.key} is not there yet; the LiveMigration waits for it.`,
    );
    const ended = await play.ended(`${name}-early`);
    expect(conditionOf(ended, 'Completed')).toMatchObject({ status: 'True', reason: 'Migrated' });
    expect(ended.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    const node = ended.status?.outcome?.node;
    expect(node).not.toBe(ended.status?.source?.node);
    await play.instance(
      'is shown where it is now',
      ({ status }) => status?.node === node && status?.operation === undefined,
    );
    expect(play.statesSince(mark).filter((state) => state !== 'Pending')).toEqual(['Rescuing', 'Rescued']);
  }, 60_000);

  it('has its migration aborted and its lock back when the LiveMigration is deleted', async () => {
    const rescued = await act().rescued();
    const mark = play.mark();
    const name = await play.migrate('deleted');
    await play.transferring(name);

    await play.accepted(['delete', 'lm', name]);

    const settled = await play.settled('Rescued');
    expect(settled.status?.node).toBe(rescued.status?.node);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('arrives, Rescued all the way, when the operator is killed in the middle and started again', async () => {
    const rescued = await act().rescued();
    const before = await vm();
    stage.simulator?.fail(play.key, { delays: { migrationMs: 4_000 } });
    const mark = play.mark();
    const name = await play.migrate('killed');
    await play.transferring(name);

    await stage.operator.stop('SIGKILL');
    await stage.restartOperator();

    const migration = await play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Succeeded', source: { node: rescued.status?.node } });
    expect(migration.status?.outcome?.node).not.toBe(rescued.status?.node);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    expect(await vm()).toEqual(before);
  }, 90_000);

  it('is rescued all the same when the operator is killed right after it was asked', async () => {
    await act().running();
    await play.apply({ rescue: aRescue() });
    await play.instance('the rescue was announced', ({ status }) => status?.operation?.type === 'Rescue');

    await stage.operator.stop('SIGKILL');
    await stage.restartOperator();

    await play.settled('Rescued');
    expect((await vm()).disks).toEqual(['root', 'medevac-rescue*']);
  }, 90_000);

  it('runs from its own disk again after its source node is gone, field by field as before the rescue', async () => {
    await act().running();
    const before = await vm();
    await play.apply({ rescue: aRescue() });
    const rescued = await play.settled('Rescued');
    const migration = await play.ended(await play.migrate('off-a-lost-node'));
    await stage.simulator?.nodes.remove(rescued.status?.node ?? '');

    await play.apply();

    const running = await play.settled('Running');
    expect(running.status?.node).not.toBe(rescued.status?.node);
    expect(migration.status?.outcome?.node).toBeDefined();
    expect((await vm()).specHash).toBe(before.specHash);
  }, 60_000);
});
