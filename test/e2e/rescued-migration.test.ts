import { describe, expect, it } from '@jest/globals';
import { SOURCE_LABEL } from '../../src/api/names.ts';
import { aDisk, anInstance, aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

describe('a rescued Instance that is migrated, on KubeVirt', () => {
  const scene = useStage('vm');
  const { act, vm } = scene;

  /** A transfer that is over because something ends it, and not before. */
  function takesLong(): void {
    scene.stage.simulator?.fail(scene.play.key, { delays: { migrationMs: 120_000 } });
  }

  it('stays Rescued where it is when the migration fails, in the words of KubeVirt, and can be unrescued there', async () => {
    const { rescued } = { rescued: await act().rescued() };
    scene.stage.simulator?.fail(scene.play.key, { migrationFails: 'the guest CPU does not match' });
    const mark = scene.play.mark();

    const migration = await scene.play.ended(await scene.play.migrate('fails'));

    expect(migration.status).toMatchObject({
      phase: 'Failed',
      outcome: { node: rescued.status?.node },
      instanceState: 'Rescued',
    });
    expect(conditionOf(migration, 'Stalled')).toMatchObject({ status: 'True', reason: 'MigrationFailed' });
    expect(conditionOf(migration, 'Stalled')?.message).toContain('the guest CPU does not match');
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
    await scene.play.apply();
    await scene.play.settled('Running');
    expect((await vm()).disks).toEqual(['root*']);
  }, 60_000);

  it('stays on its source when the migration is aborted, and can be migrated again', async () => {
    const rescued = await act().rescued();
    const mark = scene.play.mark();
    takesLong();
    const name = await scene.play.migrate('aborted');
    await scene.play.transferring(name);

    await scene.play.accepted(['patch', 'lm', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);

    const migration = await scene.play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Aborted', outcome: { node: rescued.status?.node } });
    expect(conditionOf(migration, 'Ready')).toMatchObject({ status: 'True', reason: 'AbortRequested' });
    scene.stage.simulator?.fail(scene.play.key, {});
    const again = await scene.play.ended(await scene.play.migrate('again'));
    expect(again.status?.phase).toBe('Succeeded');
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('is migrated as soon as it is rescued, by one file with the LiveMigration before its Instance', async () => {
    const { name } = act();
    const { namespace } = scene.stage;
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const placement = { nodeSelector: { [SOURCE_LABEL]: 'true' } };
    const migration = aLiveMigration({ name: `${name}-early`, namespace, spec: { instanceName: name } });
    const instance = anInstance({ name, namespace, spec: { disks, placement, rescue: aRescue() } });
    const mark = scene.play.mark();

    const printed = await scene.play.accepted(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'List',
      items: [migration, instance],
    });

    expect(printed.stderr).toContain(
      `Instance ${scene.play.key} is not there yet; the LiveMigration waits for it.`,
    );
    const ended = await scene.play.ended(`${name}-early`);
    expect(conditionOf(ended, 'Completed')).toMatchObject({ status: 'True', reason: 'Migrated' });
    expect(ended.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    const node = ended.status?.outcome?.node;
    expect(node).not.toBe(ended.status?.source?.node);
    await scene.play.instance(
      'is shown where it is now',
      ({ status }) => status?.node === node && status?.operation === undefined,
    );
    expect(scene.play.statesSince(mark).filter((state) => state !== 'Pending')).toEqual([
      'Rescuing',
      'Rescued',
    ]);
  }, 60_000);

  it('has its migration aborted and its lock back when the LiveMigration is deleted', async () => {
    const rescued = await act().rescued();
    const mark = scene.play.mark();
    takesLong();
    const name = await scene.play.migrate('deleted');
    await scene.play.transferring(name);

    await scene.play.accepted(['delete', 'lm', name]);

    const settled = await scene.play.settled('Rescued');
    expect(settled.status?.node).toBe(rescued.status?.node);
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('arrives, Rescued all the way, when the operator is killed in the middle and started again', async () => {
    const rescued = await act().rescued();
    const before = await vm();
    scene.stage.simulator?.fail(scene.play.key, { delays: { migrationMs: 4_000 } });
    const mark = scene.play.mark();
    const name = await scene.play.migrate('killed');
    await scene.play.transferring(name);

    await scene.stage.operator.stop('SIGKILL');
    await scene.stage.restartOperator();

    const migration = await scene.play.ended(name);
    expect(migration.status).toMatchObject({ phase: 'Succeeded', source: { node: rescued.status?.node } });
    expect(migration.status?.outcome?.node).not.toBe(rescued.status?.node);
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
    expect(await vm()).toEqual(before);
  }, 90_000);

  it('is rescued all the same when the operator is killed right after it was asked', async () => {
    await act().running();
    await scene.play.apply({ rescue: aRescue() });
    await scene.play.instance(
      'the rescue was announced',
      ({ status }) => status?.operation?.type === 'Rescue',
    );

    await scene.stage.operator.stop('SIGKILL');
    await scene.stage.restartOperator();

    await scene.play.settled('Rescued');
    expect((await vm()).disks).toEqual(['root', 'medevac-rescue*']);
  }, 90_000);

  it('runs from its own disk again after its source node is gone, field by field as before the rescue', async () => {
    await act().running();
    const before = await vm();
    await scene.play.apply({ rescue: aRescue() });
    const rescued = await scene.play.settled('Rescued');
    const migration = await scene.play.ended(await scene.play.migrate('off-a-lost-node'));
    await scene.stage.simulator?.nodes.remove(rescued.status?.node ?? '');

    await scene.play.apply();

    const running = await scene.play.settled('Running');
    expect(running.status?.node).not.toBe(rescued.status?.node);
    expect(migration.status?.outcome?.node).toBeDefined();
    expect((await vm()).specHash).toBe(before.specHash);
  }, 60_000);
});
