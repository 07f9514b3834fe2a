import { expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { VM_FINALIZER } from '../../src/api/names.ts';
import { anchorsOf } from '../support/anchors.ts';
import { waitFor } from '../support/wait.ts';
import { describeOnStage } from './describe-on-stage.ts';
import { areUnbroken, LONGEST_GAP, longestGap } from './witness.ts';

/** The mission's scenario, by kubectl, with kube-scheduler and real guests; the guest itself is the witness. */
describeOnStage('an Instance on libvirt hosts', (scene) => {
  const routeOf = ({ status }: LiveMigration) => [status?.source?.node, status?.outcome?.node];

  /** It has one anchor, where it is. */
  async function expectPlaced({ metadata, status }: Instance): Promise<void> {
    const anchors = await anchorsOf(scene().stage.admin, metadata);
    expect(anchors.map(({ spec }) => spec.nodeName)).toEqual([status?.node]);
  }

  it('is rescued, moved while it is, and boots its own disk at the destination with the source wiped', async () => {
    const { stage, hosts, act } = scene();
    const play = await act('vm-1');

    await play.apply(play.normal);
    const running = await play.settled('Running');
    await expectPlaced(running);
    expect(running.metadata.finalizers).toEqual([VM_FINALIZER]);
    const before = await play.boot();
    expect(before).toMatchObject({
      system: 'root',
      uuid: running.metadata.uid,
      host: running.status?.node,
    });

    await play.apply(play.inRescue);
    const rescued = await play.settled('Rescued');
    expect(rescued.status?.node).toBe(running.status?.node);
    const inRescue = await play.boot();
    expect(inRescue).toMatchObject({ system: 'rescue', uuid: before.uuid, macs: before.macs });
    expect(inRescue.disks).toHaveLength(before.disks.length + 1);

    const mark = play.mark();
    const over = await play.ended(await play.migrate('away'));
    const [source = '', destination = ''] = routeOf(over);
    expect(over.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
    expect([source, destination].toSorted()).toEqual(['host-1', 'host-2']);
    const moved = await play.instance('has moved', ({ status }) => status?.node === destination);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    await waitFor('one anchor', async () => (await anchorsOf(stage.admin, moved.metadata)).length === 1);
    await expectPlaced(moved);
    const ticks = await play.ticks(inRescue.bootId, destination);
    expect(new Set(ticks.map(({ host }) => host))).toEqual(new Set([source, destination]));
    expect(areUnbroken(ticks)).toBe(true);
    expect(longestGap(ticks)).toBeLessThan(LONGEST_GAP);

    await hosts.host(source).wipe();
    await play.apply(play.normal);
    const back = await play.settled('Running');
    expect(back.status?.node).toBe(destination);
    const after = await play.boot();
    expect(after).toMatchObject({
      system: 'root',
      host: destination,
      uuid: before.uuid,
      macs: before.macs,
      disks: before.disks,
    });
    expect(after.bootId).not.toBe(before.bootId);

    await play.accepted(['delete', 'inst', play.name, '--timeout=60s']);
    for (const host of hosts.hosts) expect(await host.virsh('list', '--all', '--name')).toBe('');
  });
});
