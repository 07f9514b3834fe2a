import { afterAll, expect, it, jest } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { isAlive } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';
import type { ConsoleLine } from './console-lines.ts';
import { describeOnHosts } from './describe-on-hosts.ts';
import type { GuestConsole } from './guest-console.ts';
import type { LibvirtHost } from './libvirt-host.ts';
import { startLibvirtHosts, type LibvirtHosts } from './libvirt-hosts.ts';
import { keeperOf } from './names.ts';
import { definePlainGuest, GUEST } from './plain-guest.ts';
import { processesIn, remainsOf } from './removal.ts';

jest.setTimeout(180_000);

const MIGRATE = ['migrate', '--live', '--p2p', '--persistent', '--undefinesource', '--unsafe'];

type Boot = Extract<ConsoleLine, { event: 'boot' }>;
type Tick = Extract<ConsoleLine, { event: 'tick' }>;

function ticks(lines: readonly ConsoleLine[]): Tick[] {
  return lines.filter((line) => line.event === 'tick');
}

async function nextBoot(console: GuestConsole, since: number): Promise<Boot> {
  const line = await console.waitFor(({ event }) => event === 'boot', { since });
  if (line.event !== 'boot') throw new Error('not what was waited for');
  return line;
}

/** Whether a connection to libvirtd comes about within a second. */
function answers({ address }: LibvirtHost): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: address, port: 16514, timeout: 1_000 });
  socket.once('connect', () => resolve(true));
  socket.once('timeout', () => resolve(false)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** Whether libvirt has measured so, which an idle guest's memory is not; begins to measure where it does not. */
async function rewritesMemory(host: LibvirtHost): Promise<boolean> {
  const statistics = await host.virsh('domstats', '--dirtyrate', GUEST.domain);
  if (/megabytes_per_second=[1-9]/.test(statistics)) return true;
  const isMeasuring = statistics.includes('calc_status=1');
  if (!isMeasuring) await host.virsh('domdirtyrate-calc', GUEST.domain, '--seconds', '1');
  return false;
}

// One story: each step goes on where the one before has left the guest.
describeOnHosts('stage of libvirt hosts', () => {
  const started: LibvirtHosts[] = [];
  let stage: LibvirtHosts;
  let one: LibvirtHost;
  let two: LibvirtHost;
  let console: GuestConsole;

  it('two come up', async () => {
    stage = await startLibvirtHosts({ count: 2 });
    started.push(stage);
    const [first, second] = stage.hosts;
    if (first === undefined || second === undefined) throw new Error('two were asked for');
    [one, two] = [first, second];
    console = stage.console(GUEST.domain);
    await stage.createDisk(GUEST.rootDisk, 'root');
    await stage.createDisk(GUEST.rescueDisk, 'rescue');
    expect([one.uri, two.uri]).toEqual([
      `qemu+tls://${one.address}/system?pkipath=${stage.folder}/keys`,
      `qemu+tls://${two.address}/system?pkipath=${stage.folder}/keys`,
    ]);
  });

  afterAll(() => Promise.all(started.map((hosts) => hosts.stop())));

  it('each has a name and an id of its own', async () => {
    const names = await Promise.all([one, two].map((host) => host.virsh('hostname')));
    expect(names.map((name) => name.trim())).toEqual(['host-1', 'host-2']);
    const capabilities = await Promise.all([one, two].map((host) => host.virsh('capabilities')));
    const ids = capabilities.map((text) => /<uuid>(.*)<\/uuid>/.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(2);
  });

  it('both see the same disks in the pool', async () => {
    for (const host of [one, two]) {
      await host.virsh('pool-refresh', stage.pool);
      expect(await host.virsh('vol-path', '--pool', stage.pool, GUEST.rootDisk)).toContain(
        join(stage.storage, GUEST.rootDisk),
      );
    }
  });

  it('a guest boots its root disk, and says what machine it finds', async () => {
    await definePlainGuest(stage, one, 'root');
    await one.virsh('start', GUEST.domain);
    expect(await nextBoot(console, 0)).toMatchObject({
      host: 'host-1',
      system: 'root',
      uuid: GUEST.uuid,
      serial: GUEST.serial,
      macs: [GUEST.mac],
      disks: [{ name: 'vda', serial: 'root', system: 'root' }],
      notes: [],
    });
    await console.waitFor((line) => line.event === 'tick' && line.n === 2);
  });

  it('the guest boots the rescue disk where that has boot order 1, and writes to the root disk', async () => {
    const since = console.lines.length;
    await one.virsh('destroy', GUEST.domain);
    await definePlainGuest(stage, one, 'rescue');
    await one.virsh('start', GUEST.domain);
    const boot = await nextBoot(console, since);
    expect(boot).toMatchObject({
      system: 'rescue',
      uuid: GUEST.uuid,
      macs: [GUEST.mac],
      disks: [
        { name: 'vda', serial: 'root', system: 'root' },
        { name: 'vdb', serial: 'rescue', system: 'rescue' },
      ],
      noted: true,
    });
    expect(boot.bootId).not.toBe(console.lines[0]?.bootId);
  });

  it('the guest goes on ticking while libvirtd is away', async () => {
    await one.stopDaemon('SIGKILL');
    const since = console.lines.length;
    await console.waitFor((line) => line.event === 'tick', { since });
    await one.startDaemon();
    expect(await one.virsh('domstate', GUEST.domain)).toContain('running');
  });

  it('a live migration, asked for from the outside, takes it to the other host without a reboot', async () => {
    const before = await nextBoot(
      console,
      1 + console.lines.findLastIndex(({ system }) => system === 'root'),
    );
    await one.virsh(...MIGRATE, GUEST.domain, two.migrationUri);
    await console.waitFor((line) => line.host === 'host-2' && line.event === 'tick');
    expect(await one.virsh('list', '--all', '--name')).not.toContain(GUEST.domain);
    expect(await two.virsh('domstate', GUEST.domain)).toContain('running');
    const rescued = console.lines.slice(console.lines.indexOf(before));
    expect(new Set(rescued.map(({ bootId }) => bootId))).toEqual(new Set([before.bootId]));
    const counts = ticks(rescued).map(({ n }) => n);
    expect(counts).toEqual(counts.map((_, index) => index + 1));
  });

  it('another one brings it back with its memory encrypted on the way', async () => {
    const since = console.lines.length;
    await two.virsh(...MIGRATE, '--tls', GUEST.domain, one.migrationUri);
    await console.waitFor((line) => line.host === 'host-1' && line.event === 'tick', { since });
    expect(await two.virsh('list', '--all', '--name')).not.toContain(GUEST.domain);
  });

  it('its own system finds what the rescue system wrote', async () => {
    const since = console.lines.length;
    const rescued = console.lines.at(-1)?.bootId ?? '';
    await one.virsh('destroy', GUEST.domain);
    await definePlainGuest(stage, one, 'root');
    await one.virsh('start', GUEST.domain);
    expect(await nextBoot(console, since)).toMatchObject({ system: 'root', notes: [`rescue ${rescued}`] });
  });

  it('the guest reboots, rewrites memory and crashes as it is told', async () => {
    const since = console.lines.length;
    const before = console.lines.at(-1)?.bootId;
    await stage.order(GUEST.rootDisk, 'reboot');
    expect((await nextBoot(console, since)).bootId).not.toBe(before);
    await stage.order(GUEST.rootDisk, 'dirty 16');
    await waitFor('it rewrites memory', () => rewritesMemory(one), { timeoutMs: 60_000, intervalMs: 500 });
    await stage.order(GUEST.rootDisk, 'crash');
    await waitFor(
      'it has crashed',
      async () => {
        return (await one.virsh('domstate', GUEST.domain)).includes('crashed');
      },
      { timeoutMs: 30_000 },
    );
    await one.virsh('destroy', GUEST.domain);
  });

  it('the guest is asked to shut down, and does', async () => {
    const since = console.lines.length;
    await one.virsh('start', GUEST.domain);
    await nextBoot(console, since);
    await waitFor(
      'it is off',
      async () => {
        await one.virsh('shutdown', GUEST.domain).catch(() => undefined);
        return (await one.virsh('domstate', GUEST.domain)).includes('shut off');
      },
      { timeoutMs: 30_000, intervalMs: 1_000 },
    );
    expect(console.lines.at(-1)).toMatchObject({ event: 'order', order: 'poweroff' });
  });

  it('a host that is cut off answers nobody, and does again when that is over', async () => {
    await one.cut();
    expect(await answers(one)).toBe(false);
    expect(await answers(two)).toBe(true);
    expect(await one.run('virsh', 'domstate', GUEST.domain)).toContain('shut off');
    await one.heal();
    expect(await one.virsh('hostname')).toContain('host-1');
  });

  it('a host that was wiped knows no guest, and the other still sees the disks', async () => {
    expect(await one.virsh('list', '--all', '--name')).toContain(GUEST.domain);
    await one.wipe();
    expect(await one.virsh('list', '--all', '--name')).not.toContain(GUEST.domain);
    expect(await readdir(stage.storage)).toContain(GUEST.rootDisk);
  });

  it('nothing is left of them when they were stopped', async () => {
    const keeper = keeperOf(basename(stage.folder));
    const { namespaces } = await remainsOf((id) => id === keeper);
    const pids = (await Promise.all(namespaces.map(processesIn))).flat();
    expect(namespaces).toHaveLength(2);
    expect(pids.length).toBeGreaterThanOrEqual(6);
    await stage.stop();
    expect(await remainsOf((id) => id === keeper)).toEqual({ namespaces: [], links: [], folders: [] });
    await waitFor('all processes are gone', () => !pids.some(isAlive));
  });
});
