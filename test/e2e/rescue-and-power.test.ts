import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { aRescue } from '../builders/instance.ts';
import { user } from '../kubevirt-simulator/users.ts';
import { readVm } from '../support/evidence.ts';
import { kubectl } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

describe('a rescue, and what is asked for beside it, on KubeVirt', () => {
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
    play = new Play(stage, `power-${plays}`);
    return play;
  }

  const vm = () => readVm(stage.admin, { namespace: stage.namespace, name: play.name });

  /** kubectl in the user's namespace, as one who may do what users may not. */
  async function as(name: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(stage.controlPlane, [...args, '-n', stage.namespace], {
      user: name,
    });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** How often the VirtualMachine itself was changed. */
  const vmGeneration = () => as('admin', ['get', 'vm', play.name, '-o', 'jsonpath={.metadata.generation}']);

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
    await play.settled('Stopped');

    await play.apply({ powerState: 'Stopped', rescue: aRescue() });
    const rescued = await play.settled('Rescued');
    expect(conditionOf(rescued, 'Ready')?.status).toBe('True');
    expect((await vm()).disks).toEqual(['root', 'medevac-rescue*']);

    await play.apply({ powerState: 'Stopped' });
    const stopped = await play.settled('Stopped');
    expect(stopped.status?.powerState).toBe('Stopped');
  }, 60_000);

  it('takes edits of hardware at its next boot, of power when it is over, of its lease at once, and of its system with a boot', async () => {
    await act().rescued();
    const before = await vm();
    const generation = await vmGeneration();

    await play.apply({ rescue: aRescue({ expiresAfter: '1h', onExpiry: 'Stop' }) });
    const leased = await play.instance('the lease', ({ status }) => status?.rescue?.expiresAt !== undefined);
    expect(conditionOf(leased, 'RestartPending')?.status).toBe('False');

    await play.apply({ rescue: aRescue(), memory: '2Gi' });
    const pending = await play.settled('Rescued');
    expect(conditionOf(pending, 'RestartPending')).toMatchObject({ status: 'True', reason: 'SpecChanged' });

    await play.apply({ rescue: aRescue(), memory: '2Gi', powerState: 'Stopped' });
    await play.settled('Rescued');
    expect(await vm()).toEqual(before);
    expect(await vmGeneration()).toBe(generation);

    await play.apply({ rescue: aRescue({ device: 'Disk' }), memory: '2Gi', powerState: 'Stopped' });
    const another = await play.settled('Rescued');
    expect(conditionOf(another, 'RestartPending')?.status).toBe('False');
    expect((await vm()).vmUid).not.toBe(before.vmUid);
    const memory = await as('admin', ['get', 'vmi', play.name, '-o', 'jsonpath={.spec.domain.memory.guest}']);
    expect(memory).toBe('2Gi');

    await play.apply({ memory: '2Gi', powerState: 'Stopped' });
    await play.settled('Stopped');
  }, 90_000);

  it('goes on when the guest powers itself off: it is started again from the rescue system', async () => {
    await act().rescued();
    const before = await vm();
    const mark = play.mark();

    await as(user.virtHandler, [
      'patch',
      'vmi',
      play.name,
      '--type=merge',
      '-p',
      '{"status":{"phase":"Succeeded"}}',
    ]);

    const after = await bootedAnew(before.vmUid);
    expect(after.disks).toEqual(['root', 'medevac-rescue*']);
    await play.observer.until('it is Rescued again', () => {
      const states = play.statesSince(mark);
      return states.includes('Starting') && states.at(-1) === 'Rescued' ? states : undefined;
    });
  }, 60_000);

  it('of an Instance that has failed boots it', async () => {
    await act().running();
    stage.simulator?.fail(play.key, { doesNotBoot: true });
    await as('admin', ['delete', 'vmi', play.name, '--wait=false']);
    await play.instance('it has failed', ({ status }) => status?.state === 'Failed');

    stage.simulator?.fail(play.key, {});
    await play.apply({ rescue: aRescue() });

    const rescued = await play.settled('Rescued');
    expect(conditionOf(rescued, 'Ready')?.status).toBe('True');
    await play.apply();
    await play.settled('Running');
  }, 90_000);
});
