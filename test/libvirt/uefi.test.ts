import { expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { describeOnBench } from './on-bench.ts';

const MACHINE = { memory: '192Mi', machine: { firmware: 'UEFI' } } as const;

/** What an UEFI keeps of its own, and libvirt in a file of the host, is nothing that a VM depends on (docs/adr/0038). */
describeOnBench('a guest with UEFI', 2, (theatre) => {
  it('is rescued, is moved while it is, and comes back where nothing of its variables was ever kept', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { driver } = operator;
    const { key, normal, rescued } = await bench.newVm(MACHINE);
    const variables = `/var/lib/libvirt/qemu/nvram/${domainName(key)}_VARS.fd`;

    const running = await operator.bring(rescued);
    const inRescue = await bench.guest(key);
    expect(inRescue).toMatchObject({ system: 'rescue', uuid: normal.vm.identity.firmwareUUID, noted: true });

    const move = operator.migration({ key });
    expect(await driver.migrate(move)).toEqual(ACCEPTED);
    expect(await operator.endOf(move)).toMatchObject({ phase: 'Succeeded' });
    expect(operator.running(key)).toEqual({ ...running, node: move.destinationNode });
    expect(await bench.guest(key)).toMatchObject({ bootId: inRescue.bootId });

    const [source, destination] = bench.stage.hosts;
    await source?.wipe();
    // No boot is to depend on what the file says: were it read, this one would not come up.
    await destination?.run('sh', '-c', 'tr "\\0" x </dev/zero | head -c 540672 >"$1"', 'sh', variables);
    await operator.bring(normal);
    expect(await bench.guest(key)).toMatchObject({
      system: 'root',
      host: destination?.name,
      notes: [`rescue ${inRescue.bootId}`],
    });
    expect(await driver.remove(key)).toEqual(ACCEPTED);
    await expect(destination?.run('stat', variables)).rejects.toThrow('No such file');
  });
});
