import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { aDisk } from '../builders/instance.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { Machines } from './machines.ts';
import { conditionOf, Play } from './play.ts';

describe('a VM that has outlived its Instance, on KubeVirt', () => {
  let stage: Stage;
  let machines: Machines;
  const plays: Play[] = [];

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    machines = new Machines(stage.admin, stage.namespace);
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(() => Promise.all(plays.splice(0).map((play) => play.close())));

  function act(name: string): Play {
    const play = new Play(stage, name);
    plays.push(play);
    return play;
  }

  /** Waits until an Instance is held back by the disk; returns what it is told. */
  async function heldBack(play: Play): Promise<string | undefined> {
    const held = await play.instance(
      `${play.name} is held back`,
      (instance) => conditionOf(instance, 'Stalled')?.reason === 'DiskInUse',
    );
    return conditionOf(held, 'Stalled')?.message;
  }

  it('holds its disk, also for an operator that never saw the Instance, until it is deleted', async () => {
    const [first, second, third] = [act('retained'), act('second'), act('third')];
    const disks = [aDisk({ source: { persistentVolumeClaim: { claimName: 'shared' } } })];
    await machines.createClaim('shared');
    await first.apply({ disks, deletionPolicy: 'Retain' });
    await first.settled('Running');
    await first.accepted(['delete', 'inst', first.name]);
    await second.apply({ disks });
    const want = (play: Play) =>
      `Instance ${play.key} would write to PersistentVolumeClaim "${stage.namespace}/shared", which is in use by ` +
      `VM ${first.key}, whose Instance is gone or can't be read. Delete that VM, or apply its Instance so that it can be ` +
      'stopped, and this one starts by itself; or give it a disk of its own.';
    expect(await heldBack(second)).toBe(want(second));

    await stage.restartOperator();

    // What the new process says of this one, it has seen of the other as well.
    await third.apply({ disks });
    expect(await heldBack(third)).toBe(want(third));
    await third.accepted(['delete', 'inst', third.name]);
    expect(await machines.exists(second.name)).toBe(false);
    await machines.delete(first.name);
    await second.settled('Running');
    expect(second.statesSince(0)).not.toContain('Failed');
  }, 120_000);
});
