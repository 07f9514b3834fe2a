import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

/** What docs/nova.md says of Nova's specification, as a user meets it. */
describe("Nova's specification, with kubectl on KubeVirt", () => {
  const scene = useStage('nova');
  const { act, vm } = scene;
  const kept = ({ spec, status }: Instance) => ({ spec, resolved: status?.resolved, rescue: status?.rescue });

  it('the VM after unrescue is the one before rescue, after no migration, one and two', async () => {
    await act().running();
    const { specHash } = await vm();
    for (const migrations of [0, 1, 2]) {
      await scene.play.apply({ rescue: aRescue() });
      await scene.play.settled('Rescued');
      for (let index = 0; index < migrations; index += 1) {
        const migration = await scene.play.ended(await scene.play.migrate(`${migrations}-${index}`));
        expect(migration.status?.phase).toBe('Succeeded');
      }
      await scene.play.apply();
      await scene.play.settled('Running');
      expect(await vm()).toMatchObject({ specHash, disks: ['root*'] });
    }
  }, 120_000);

  it('a migration changes neither spec, nor identity, nor the rescue, and the states seen are Rescued alone', async () => {
    const before = await act().rescued();
    const mark = scene.play.mark();

    const migration = await scene.play.ended(await scene.play.migrate('away'));

    expect(migration.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    const after = await scene.play.instance('it has its new node', ({ status }) => {
      return status?.operation === undefined && status?.node === migration.status?.outcome?.node;
    });
    expect(after.status?.node).not.toBe(before.status?.node);
    expect(kept(after)).toEqual(kept(before));
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(scene.play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('a stopped Instance is rescued, migrated, and stopped again', async () => {
    await act().apply({ powerState: 'Stopped' });
    await scene.play.settled('Stopped');
    await scene.play.apply({ powerState: 'Stopped', rescue: aRescue() });
    await scene.play.settled('Rescued');
    expect((await scene.play.ended(await scene.play.migrate('away'))).status?.phase).toBe('Succeeded');

    await scene.play.apply({ powerState: 'Stopped' });

    await scene.play.settled('Stopped');
  }, 60_000);

  it('unrescue and rescue are refused during a migration, and done when it is over', async () => {
    await act().rescued();
    const name = await scene.play.migrate('away');
    await scene.play.transferring(name);
    const unrescue = ['patch', 'inst', scene.play.name, '--type=merge', '-p', '{"spec":{"rescue":null}}'];

    await expect(scene.play.accepted(unrescue)).rejects.toThrow(
      `Cannot unrescue Instance ${scene.play.key} while`,
    );

    await scene.play.ended(name);
    await scene.play.accepted(unrescue);
    await scene.play.settled('Running');
    const second = await scene.play.migrate('back');
    await scene.play.transferring(second);
    await expect(scene.play.apply({ rescue: aRescue() })).rejects.toThrow(
      `Cannot rescue Instance ${scene.play.key} while`,
    );
    await scene.play.ended(second);
    await scene.play.apply({ rescue: aRescue() });
    await scene.play.settled('Rescued');
  }, 90_000);

  it('another rescue boots the other image, and hardware that was edited meanwhile comes with unrescue', async () => {
    await act().rescued();
    await scene.play.apply({ rescue: aRescue(), memory: '2Gi' });
    const pending = await scene.play.settled('Rescued');
    expect(conditionOf(pending, 'RestartPending')).toMatchObject({ status: 'True', reason: 'SpecChanged' });
    await scene.play.apply({ memory: '2Gi' });
    const running = await scene.play.settled('Running');
    expect(conditionOf(running, 'RestartPending')).toMatchObject({ status: 'False' });

    const image = 'registry.example/rescue:2';
    await scene.play.apply({ memory: '2Gi', rescue: aRescue({ source: { containerDisk: { image } } }) });

    expect((await scene.play.settled('Rescued')).status?.rescue?.image).toBe(image);
  }, 60_000);

  it('a LiveMigration made through the old version reads the same through the new one', async () => {
    await act().running();
    const name = `${scene.play.name}-old`;
    const spec = { instanceName: scene.play.name };
    const { namespace } = scene.stage;
    await scene.play.accepted(
      ['apply', '-f', '-'],
      aLiveMigration({ version: 'v1alpha1', name, namespace, spec }),
    );
    await scene.play.ended(name);
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
      const { stdout } = await scene.stage.kubectl(args);
      const { apiVersion, ...rest } = JSON.parse(stdout) as { apiVersion: string };
      return { version: apiVersion, rest };
    };
    const [old, current] = await Promise.all([read('v1alpha1'), read('v1beta1')]);
    expect(old.version).toBe('compute.medevac.dev/v1alpha1');
    expect(old.rest).toEqual(current.rest);
  }, 60_000);
});
