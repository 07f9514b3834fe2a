import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RESCUE_DISK } from '../../src/api/names.ts';
import { diskSerial } from '../../src/domain/identity.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { MigrationOrder, VmOrder } from '../../src/drivers/driver.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { vmListener } from '../builders/driver-listener.ts';
import { anIdentity } from '../builders/vm.ts';
import { renderVm } from '../../src/domain/vm.ts';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE, LibvirtBench } from './bench.ts';

const TIMEOUT = 300_000;
/** A guest that is moved may stand still for so long. Milliseconds. */
const LONGEST_GAP = 5_000;

/** The mission's scenario, through the port, on two real hosts; the guest itself is the witness. */
describeOnHosts('a rescued guest', () => {
  const held: { bench?: LibvirtBench } = {};
  const end = new AbortController();

  beforeAll(async () => {
    held.bench = await LibvirtBench.start(2);
  }, TIMEOUT);

  afterAll(async () => {
    end.abort();
    await held.bench?.stop();
  }, TIMEOUT);

  it(
    'is moved while its rescue system runs, and boots its own disk at the destination with the source wiped',
    async () => {
      const { bench } = held;
      if (bench === undefined) throw new Error('the hosts did not start');
      const driver = bench.newDriver();
      await driver.start(
        vmListener(() => undefined),
        end.signal,
      );
      const [source, destination] = bench.stage.hosts;
      if (source === undefined || destination === undefined) throw new Error('two hosts are needed');
      const key = bench.key();
      await bench.createDisks(key);
      const spec = bench.spec(key);
      const identity = anIdentity(spec);
      const normal: VmOrder = {
        key,
        instanceUid: identity.firmwareUUID,
        vm: renderVm(spec, identity, undefined),
        power: 'On',
        deletionPolicy: 'Delete',
        node: source.name,
      };
      const rescued = { ...normal, vm: renderVm(spec, identity, bench.rescue(key)) };
      const console = bench.stage.console(domainName(key));
      const running = (mode: string, than = '') =>
        waitFor(
          `a ${mode} boot`,
          () => {
            const guest = driver.observe(key)?.running;
            return guest?.boot.mode === mode && guest.phase === 'Running' && guest.bootId !== than && guest;
          },
          { timeoutMs: DEADLINE },
        );

      // A plain boot.
      expect(await driver.define(normal)).toEqual(ACCEPTED);
      const first = await running('Normal');
      const before = await bench.guest(key);
      expect(before).toMatchObject({ system: 'root', uuid: identity.firmwareUUID, notes: [] });

      // Its rescue: the own disks in their places, the rescue disk behind them and booted.
      expect(await driver.define(rescued)).toEqual(ACCEPTED);
      expect(await driver.restart(key, first.bootId)).toEqual(ACCEPTED);
      const second = await running('Rescue');
      const inRescue = await bench.guest(key);
      const serial = (name: string) => diskSerial(identity, name);
      expect(inRescue).toMatchObject({ system: 'rescue', uuid: identity.firmwareUUID, noted: true });
      expect(inRescue.macs).toEqual(before.macs);
      expect(inRescue.disks.map((disk) => disk.serial)).toEqual([
        ...before.disks.map((disk) => disk.serial),
        serial(RESCUE_DISK),
      ]);

      // A live migration of what is rescued: the same boot goes on at the destination.
      const move: MigrationOrder = {
        key,
        migrationUid: 'b1a3b0a4-0f5c-4d63-9d5e-6a4f6c8e9d01',
        migrationName: 'away',
        destinationNode: destination.name,
        destinationLabels: {},
        policy: undefined,
      };
      expect(await driver.migrate(move)).toEqual(ACCEPTED);
      const over = await waitFor(
        'the end of the migration',
        () => {
          const seen = driver.observeMigration(key, move.migrationUid);
          return seen?.endedAt !== undefined && seen;
        },
        { timeoutMs: DEADLINE },
      );
      expect(over).toMatchObject({ phase: 'Succeeded', source: source.name, destination: destination.name });
      expect(driver.observe(key)?.running).toEqual({ ...second, node: destination.name });
      await console.waitFor(({ host, event }) => host === destination.name && event === 'tick');
      const ticks = console.lines.filter((line) => line.event === 'tick' && line.bootId === inRescue.bootId);
      expect(new Set(ticks.map(({ host }) => host))).toEqual(new Set([source.name, destination.name]));
      expect(ticks.map((line) => line.event === 'tick' && line.n)).toEqual(ticks.map((_, at) => at + 1));
      const gaps = ticks.slice(1).map(({ at }, index) => at - (ticks[index]?.at ?? 0));
      expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP);
      expect(await source.virsh('list', '--all', '--name')).toBe('');

      // Nothing of the source is needed to come back.
      await source.wipe();
      expect(await driver.define(normal)).toEqual(ACCEPTED);
      expect(await driver.restart(key, second.bootId)).toEqual(ACCEPTED);
      expect(await running('Normal')).toMatchObject({ node: destination.name });
      const after = await bench.guest(key);
      const { bootId, notes, noted, at, host, ...machine } = after;
      expect(before).toMatchObject(machine);
      expect(bootId).not.toBe(before.bootId);
      expect({ notes, noted, host, at: at > before.at }).toEqual({
        notes: [`rescue ${inRescue.bootId}`],
        noted: false,
        host: destination.name,
        at: true,
      });

      expect(await driver.remove(key)).toEqual(ACCEPTED);
      expect(await destination.virsh('list', '--all', '--name')).toBe('');
    },
    TIMEOUT,
  );
});
