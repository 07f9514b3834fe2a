import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { conditionOf, Play } from './play.ts';

/** What docs/nova.md says of Nova's specification, as a user meets it. */
describe("Nova's specification, with kubectl on KubeVirt", () => {
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
    play = new Play(stage, `nova-${plays}`);
    return play;
  }

  const vm = () => readVm(stage.admin, { namespace: stage.namespace, name: play.name });
  const kept = ({ spec, status }: Instance) => ({ spec, resolved: status?.resolved, rescue: status?.rescue });

  it('the VM after unrescue is the one before rescue, after no migration, one and two', async () => {
    await act().running();
    const { specHash } = await vm();
    for (const migrations of [0, 1, 2]) {
      await play.apply({ rescue: aRescue() });
      await play.settled('Rescued');
      for (let index = 0; index < migrations; index += 1) {
        const migration = await play.ended(await play.migrate(`${migrations}-${index}`));
        expect(migration.status?.phase).toBe('Succeeded');
      }
      await play.apply();
      await play.settled('Running');
      expect(await vm()).toMatchObject({ specHash, disks: ['root*'] });
    }
  }, 120_000);

  it('a migration changes neither spec, nor identity, nor the rescue, and the states seen are Rescued alone', async () => {
    const before = await act().rescued();
    const mark = play.mark();

    const migration = await play.ended(await play.migrate('away'));

    expect(migration.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    const after = await play.instance('it has its new node', ({ status }) => {
      return status?.operation === undefined && status?.node === migration.status?.outcome?.node;
    });
    expect(after.status?.node).not.toBe(before.status?.node);
    expect(kept(after)).toEqual(kept(before));
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('a stopped Instance is rescued, migrated, and stopped again', async () => {
    await act().apply({ powerState: 'Stopped' });
    await play.settled('Stopped');
    await play.apply({ powerState: 'Stopped', rescue: aRescue() });
    await play.settled('Rescued');
    expect((await play.ended(await play.migrate('away'))).status?.phase).toBe('Succeeded');

    await play.apply({ powerState: 'Stopped' });

    await play.settled('Stopped');
  }, 60_000);

  it('unrescue and rescue are refused during a migration, and done when it is over', async () => {
    await act().rescued();
    const name = await play.migrate('away');
    await play.transferring(name);
    const unrescue = ['patch', 'inst', play.name, '--type=merge', '-p', '{"spec":{"rescue":null}}'];

    await expect(play.accepted(unrescue)).rejects.toThrow(`Cannot unrescue Instance ${play.key} while`);

    await play.ended(name);
    await play.accepted(unrescue);
    await play.settled('Running');
    const second = await play.migrate('back');
    await play.transferring(second);
    await expect(play.apply({ rescue: aRescue() })).rejects.toThrow(
      `Cannot rescue Instance ${play.key} while`,
    );
    await play.ended(second);
    await play.apply({ rescue: aRescue() });
    await play.settled('Rescued');
  }, 90_000);

  it('another rescue boots the other image, and hardware that was edited meanwhile comes with unrescue', async () => {
    await act().rescued();
    await play.apply({ rescue: aRescue(), memory: '2Gi' });
    const pending = await play.settled('Rescued');
    expect(conditionOf(pending, 'RestartPending')).toMatchObject({ status: 'True', reason: 'SpecChanged' });
    await play.apply({ memory: '2Gi' });
    const running = await play.settled('Running');
    expect(conditionOf(running, 'RestartPending')).toMatchObject({ status: 'False' });

    const image = 'registry.example/rescue:2';
    await play.apply({ memory: '2Gi', rescue: aRescue({ source: { containerDisk: { image } } }) });

    expect((await play.settled('Rescued')).status?.rescue?.image).toBe(image);
  }, 60_000);

  it('a LiveMigration made through the old version reads the same through the new one', async () => {
    await act().running();
    const name = `${play.name}-old`;
    const spec = { instanceName: play.name };
    const { namespace } = stage;
    await play.accepted(['apply', '-f', '-'], aLiveMigration({ version: 'v1alpha1', name, namespace, spec }));
    await play.ended(name);
    const read = async (version: string) => {
      const args = [
        'get',
        `livemigrations.${version}.compute.medevac.dev`,
        name,
        '-n',
        namespace,
        '-o',
        'json',
      ];
      const { stdout } = await stage.kubectl(args);
      const { apiVersion, ...rest } = JSON.parse(stdout) as { apiVersion: string };
      return { version: apiVersion, rest };
    };
    const [old, current] = await Promise.all([read('v1alpha1'), read('v1beta1')]);
    expect(old.version).toBe('compute.medevac.dev/v1alpha1');
    expect(old.rest).toEqual(current.rest);
  }, 60_000);
});
