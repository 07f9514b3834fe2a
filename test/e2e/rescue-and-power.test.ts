import { describe, expect, it } from '@jest/globals';
import { aRescue } from '../builders/instance.ts';
import { user } from '../kubevirt-simulator/users.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

describe('a rescue, and what is asked for beside it, on KubeVirt', () => {
  const scene = useStage('power');
  const { act, vm } = scene;

  /** kubectl in the user's namespace, as one who may do what users may not. */
  async function as(name: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(
      scene.stage.controlPlane,
      [...args, '-n', scene.stage.namespace],
      {
        user: name,
      },
    );
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** How often the VirtualMachine itself was changed. */
  const vmGeneration = () =>
    as('admin', ['get', 'vm', scene.play.name, '-o', 'jsonpath={.metadata.generation}']);

  /** Waits until another VirtualMachineInstance than `vmUid` runs. */
  const bootedAnew = (vmUid: string) =>
    waitFor(
      'the VM was booted anew',
      async () => {
        const now = await vm();
        return now.vmUid === vmUid ? undefined : now;
      },
      { timeoutMs: 30_000 },
    );

  it('of a stopped Instance boots it, and unrescue stops it again', async () => {
    await act().apply({ powerState: 'Stopped' });
    await scene.play.settled('Stopped');

    await scene.play.apply({ powerState: 'Stopped', rescue: aRescue() });
    const rescued = await scene.play.settled('Rescued');
    expect(conditionOf(rescued, 'Ready')?.status).toBe('True');
    expect((await vm()).disks).toEqual(['root', 'medevac-rescue*']);

    await scene.play.apply({ powerState: 'Stopped' });
    const stopped = await scene.play.settled('Stopped');
    expect(stopped.status?.powerState).toBe('Stopped');
  }, 60_000);

  it('takes edits of hardware at its next boot, of power when it is over, of its lease at once, and of its system with a boot', async () => {
    await act().rescued();
    const before = await vm();
    const generation = await vmGeneration();

    await scene.play.apply({ rescue: aRescue({ expiresAfter: '1h', onExpiry: 'Stop' }) });
    const leased = await scene.play.instance(
      'the lease',
      ({ status }) => status?.rescue?.expiresAt !== undefined,
    );
    expect(conditionOf(leased, 'RestartPending')?.status).toBe('False');

    await scene.play.apply({ rescue: aRescue(), memory: '2Gi' });
    const pending = await scene.play.settled('Rescued');
    expect(conditionOf(pending, 'RestartPending')).toMatchObject({ status: 'True', reason: 'SpecChanged' });

    await scene.play.apply({ rescue: aRescue(), memory: '2Gi', powerState: 'Stopped' });
    await scene.play.settled('Rescued');
    expect(await vm()).toEqual(before);
    expect(await vmGeneration()).toBe(generation);

    await scene.play.apply({ rescue: aRescue({ device: 'Disk' }), memory: '2Gi', powerState: 'Stopped' });
    const another = await scene.play.settled('Rescued');
    expect(conditionOf(another, 'RestartPending')?.status).toBe('False');
    expect((await vm()).vmUid).not.toBe(before.vmUid);
    const memory = await as('admin', [
      'get',
      'vmi',
      scene.play.name,
      '-o',
      'jsonpath={.spec.domain.memory.guest}',
    ]);
    expect(memory).toBe('2Gi');

    await scene.play.apply({ memory: '2Gi', powerState: 'Stopped' });
    await scene.play.settled('Stopped');
  }, 90_000);

  it('goes on when the guest powers itself off: it is started again from the rescue system', async () => {
    await act().rescued();
    const before = await vm();
    const mark = scene.play.mark();

    await as(user.virtHandler, [
      'patch',
      'vmi',
      scene.play.name,
      '--type=merge',
      '-p',
      '{"status":{"phase":"Succeeded"}}',
    ]);

    const after = await bootedAnew(before.vmUid);
    expect(after.disks).toEqual(['root', 'medevac-rescue*']);
    await scene.play.observer.until('it is Rescued again', () => {
      const states = scene.play.statesSince(mark);
      return states.includes('Starting') && states.at(-1) === 'Rescued' ? states : undefined;
    });
  }, 60_000);

  it('of an Instance that has failed boots it', async () => {
    await act().running();
    scene.stage.simulator?.fail(scene.play.key, { doesNotBoot: true });
    await as('admin', ['delete', 'vmi', scene.play.name, '--wait=false']);
    await scene.play.instance('it has failed', ({ status }) => status?.state === 'Failed');

    scene.stage.simulator?.fail(scene.play.key, {});
    await scene.play.apply({ rescue: aRescue() });

    const rescued = await scene.play.settled('Rescued');
    expect(conditionOf(rescued, 'Ready')?.status).toBe('True');
    await scene.play.apply();
    await scene.play.settled('Running');
  }, 90_000);
});
