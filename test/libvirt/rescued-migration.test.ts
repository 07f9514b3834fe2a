import { expect, it } from '@jest/globals';
import { RESCUE_DISK } from '../../src/api/names.ts';
import { diskSerial } from '../../src/domain/identity.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { describeOnBench } from './on-bench.ts';

/** A guest that is moved may stand still for so long. Milliseconds. */
const LONGEST_GAP = 5_000;
const MEMORY_BYTES = 128 * 2 ** 20;

/** The mission's scenario, through the port, on three real hosts; the guest itself is the witness. */
describeOnBench('a rescued guest', 3, (theatre) => {
  it('is moved twice while its rescue system runs, and boots its own disk on the third host with the others wiped', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { driver } = operator;
    const { key, normal, rescued } = await bench.newVm();
    const { identity } = normal.vm;
    const console = bench.stage.console(domainName(key));

    // A plain boot.
    await operator.bring(normal);
    const before = await bench.guest(key);
    expect(before).toMatchObject({ system: 'root', uuid: identity.firmwareUUID, notes: [] });

    // Its rescue: the own disks in their places, the rescue disk behind them and booted.
    const second = await operator.bring(rescued);
    const inRescue = await bench.guest(key);
    const serial = (name: string) => diskSerial(identity, name);
    expect(inRescue).toMatchObject({ system: 'rescue', uuid: identity.firmwareUUID, noted: true });
    expect(inRescue.macs).toEqual(before.macs);
    expect(inRescue.disks.map((disk) => disk.serial)).toEqual([
      ...before.disks.map((disk) => disk.serial),
      serial(RESCUE_DISK),
    ]);

    // Live migrations of what is rescued: the same boot goes on at each destination. Nothing is kept where it was.
    const [first, ...others] = bench.stage.hosts;
    let source = first;
    for (const destination of others) {
      const move = { ...operator.migration({ key }), destinationNode: destination.name };
      expect(await driver.migrate(move)).toEqual(ACCEPTED);
      const end = await operator.endOf(move);
      expect(end).toMatchObject({
        phase: 'Succeeded',
        source: source?.name,
        destination: destination.name,
        progress: { percent: 100, memoryRemainingBytes: 0, diskTotalBytes: 0 },
      });
      const { progress, downtimeMilliseconds } = end;
      expect(progress?.memoryTotalBytes).toBeGreaterThanOrEqual(MEMORY_BYTES);
      expect(progress?.memoryProcessedBytes).toBeGreaterThan(0);
      expect(downtimeMilliseconds).toBeGreaterThan(0);
      expect(downtimeMilliseconds).toBeLessThan(LONGEST_GAP);
      expect(operator.running(key)).toEqual({ ...second, node: destination.name });
      await console.waitFor(({ host, event }) => host === destination.name && event === 'tick');
      expect(await source?.virsh('list', '--all', '--name')).toBe('');
      await source?.wipe();
      source = destination;
    }
    const ticks = console.lines.filter((line) => line.event === 'tick' && line.bootId === inRescue.bootId);
    expect(new Set(ticks.map(({ host }) => host))).toEqual(new Set(bench.nodes));
    expect(ticks.map((line) => line.event === 'tick' && line.n)).toEqual(ticks.map((_, at) => at + 1));
    const gaps = ticks.slice(1).map(({ at }, index) => at - (ticks[index]?.at ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP);

    // Nothing of a host where it was is needed to come back.
    expect(await operator.bring(normal)).toMatchObject({ node: source?.name });
    const { bootId, notes, noted, at, host, ...machine } = await bench.guest(key);
    expect(before).toMatchObject(machine);
    expect(bootId).not.toBe(before.bootId);
    expect({ notes, noted, host, at: at > before.at }).toEqual({
      notes: [`rescue ${inRescue.bootId}`],
      noted: false,
      host: source?.name,
      at: true,
    });

    expect(await driver.remove(key)).toEqual(ACCEPTED);
    expect(await source?.virsh('list', '--all', '--name')).toBe('');
  });
});
