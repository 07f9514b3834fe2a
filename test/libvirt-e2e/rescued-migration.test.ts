import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { VM_FINALIZER } from '../../src/api/names.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { Play } from '../e2e/play.ts';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import type { LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';
import { anchorsOf } from '../support/anchors.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { bootOf, longestGap, ticksOf } from './witness.ts';

const TIMEOUT = 300_000;
/** A guest that is moved may stand still for so long. Milliseconds. */
const LONGEST_GAP = 5_000;

/** The mission's scenario, by kubectl, with kube-scheduler and real guests; the guest itself is the witness. */
describeOnHosts('an Instance on libvirt hosts', () => {
  const held: { stage?: Stage; play?: Play } = {};

  beforeAll(async () => {
    held.stage = await raiseStage('libvirt');
  }, TIMEOUT);
  afterEach(() => held.play?.close());
  afterAll(() => held.stage?.close(), TIMEOUT);

  function scene(): { stage: Stage; hosts: LibvirtHosts } {
    const { stage } = held;
    if (stage?.hosts === undefined) throw new Error('the stage is not raised');
    return { stage, hosts: stage.hosts };
  }

  /** Disks of an Instance, and what it is then. */
  async function disksFor({ pool, storage, ...hosts }: LibvirtHosts, name: string) {
    await hosts.createDisk(`${name}-root.img`, 'root');
    await writeFile(join(storage, `${name}-data.img`), Buffer.alloc(4 * 2 ** 20));
    await hosts.createDisk(`${name}-rescue.img`, 'rescue');
    const volume = (part: string) => ({ volume: { pool, name: `${name}-${part}.img` } });
    const disks = ['root', 'data'].map((part) => ({ name: part, source: volume(part) }));
    return {
      normal: { memory: '128Mi', disks, placement: {} },
      rescue: { source: volume('rescue'), device: 'Disk' as const },
    };
  }

  const hostNamed = (hosts: LibvirtHosts, name: string) => {
    const host = hosts.hosts.find((one) => one.name === name);
    if (host === undefined) throw new Error(`there is no host ${name}`);
    return host;
  };

  const routeOf = ({ status }: LiveMigration) => [status?.source?.node, status?.outcome?.node];

  /** It has one anchor, where it is. */
  async function expectPlaced({ metadata, status }: Instance): Promise<void> {
    const anchors = await anchorsOf(scene().stage.admin, metadata);
    expect(anchors.map(({ spec }) => spec.nodeName)).toEqual([status?.node]);
  }

  it(
    'is rescued, moved while it is, and boots its own disk at the destination with the source wiped',
    async () => {
      const { stage, hosts } = scene();
      const play = new Play(stage, 'vm-1');
      held.play = play;
      const { normal, rescue } = await disksFor(hosts, play.name);
      const key = { namespace: stage.namespace, name: play.name };
      const console = hosts.console(domainName(key));

      await play.apply(normal);
      const running = await play.settled('Running', TIMEOUT);
      await expectPlaced(running);
      expect(running.metadata.finalizers).toEqual([VM_FINALIZER]);
      const before = await bootOf(console);
      expect(before).toMatchObject({
        system: 'root',
        uuid: running.metadata.uid,
        host: running.status?.node,
      });

      await play.apply({ ...normal, rescue });
      const rescued = await play.settled('Rescued', TIMEOUT);
      expect(rescued.status?.node).toBe(running.status?.node);
      const inRescue = await bootOf(console);
      expect(inRescue).toMatchObject({ system: 'rescue', uuid: before.uuid, macs: before.macs });
      expect(inRescue.disks).toHaveLength(before.disks.length + 1);

      const mark = play.mark();
      const name = await play.migrate('away');
      const over = await play.ended(name, TIMEOUT);
      const [source = '', destination = ''] = routeOf(over);
      expect(over.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
      expect([source, destination].toSorted()).toEqual(['host-1', 'host-2']);
      const moved = await play.instance('has moved', ({ status }) => status?.node === destination);
      expect(play.statesSince(mark)).toEqual(['Rescued']);
      await waitFor('one anchor', async () => (await anchorsOf(stage.admin, key)).length === 1);
      await expectPlaced(moved);
      const ticks = await ticksOf(console, { bootId: inRescue.bootId, host: destination });
      expect(new Set(ticks.map(({ host }) => host))).toEqual(new Set([source, destination]));
      expect(ticks.map(({ n }) => n)).toEqual(ticks.map((_, index) => index + 1));
      expect(longestGap(ticks)).toBeLessThan(LONGEST_GAP);

      await hostNamed(hosts, source).wipe();
      await play.apply(normal);
      const back = await play.settled('Running', TIMEOUT);
      expect(back.status?.node).toBe(destination);
      const after = await bootOf(console);
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
    },
    TIMEOUT,
  );
});
