import { expect, it } from '@jest/globals';
import { isOver } from '../../src/domain/observed.ts';
import type { MigrationOrder } from '../../src/drivers/driver.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import type { LibvirtHost } from '../libvirt-hosts/libvirt-host.ts';
import { bootBeforeAll, describeOnBench } from './on-bench.ts';
import type { Operator } from './operator.ts';

/** So slow that there is time to interrupt what follows the guest. */
const SLOWLY = { bandwidth: '4Mi', postCopy: true } as const;

interface Underway {
  readonly order: MigrationOrder;
  readonly source: LibvirtHost;
  readonly destination: LibvirtHost;
  /** The guest's own word of which boot it is. */
  readonly bootId: string;
}

// One rescued guest, which each test finds where the one before has left it.
describeOnBench('a guest that runs at its destination before its memory is there', 2, (theatre) => {
  const theVm = bootBeforeAll(theatre, 'rescued');

  function hostCalled(name: string | undefined): LibvirtHost {
    const host = theatre().bench.stage.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`there is no host ${name ?? ''}`);
    return host;
  }

  async function intoPostCopy(operator: Operator): Promise<Underway> {
    const { key } = theVm();
    const { bootId } = await theatre().bench.guest(key);
    const source = hostCalled(operator.running(key)?.node);
    const order = await operator.send(operator.migration(theVm(), SLOWLY));
    await operator.force(order);
    await operator.untilMigration(order, 'post-copy', ({ phase }) => phase === 'PostCopy');
    // What it needs to go on is there then. Without KVM QEMU answers nobody while a guest misses the page of an interrupt.
    await theatre().bench.guest(key);
    return { order, source, destination: hostCalled(order.destinationNode), bootId };
  }

  /** Resolves when the driver says that it is interrupted, and what to do. */
  async function untilInterrupted(
    operator: Operator,
    { order, source, destination }: Underway,
  ): Promise<void> {
    const seen = await operator.untilMigration(
      order,
      'the interruption',
      ({ trouble }) => trouble !== undefined,
    );
    expect(seen).toMatchObject({ phase: 'PostCopy', endedAt: undefined });
    expect(seen.trouble).toEqual({
      reason: 'PostCopyInterrupted',
      message:
        `VM team-a/${theVm().key.name}: nodes "${source.name}" and "${destination.name}" have lost their connection in post-copy: ` +
        `the guest is on node "${destination.name}", and waits for memory that is on node "${source.name}". ` +
        'Restore the network between them: the transfer is resumed by itself then. Until then keep both nodes up: ' +
        'without either of them the guest is lost, and is booted anew.',
    });
  }

  it('arrives in the same boot when the network was cut for as long as libvirt takes to notice', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const underway = await intoPostCopy(operator);
    await underway.destination.cut();
    await untilInterrupted(operator, underway);
    await underway.destination.heal();
    expect(await operator.endOf(underway.order)).toMatchObject({ phase: 'Succeeded', aborting: false });
    expect(await bench.guest(theVm().key)).toMatchObject({ bootId: underway.bootId, system: 'rescue' });
  });

  it('is resumed, by another operator as well, when QEMU itself has given up the connection', async () => {
    const { bench, begin } = theatre();
    const first = await begin();
    const underway = await intoPostCopy(first);
    const { source, destination, order, bootId } = underway;
    await destination.cut();
    // What QEMU comes to by itself when TCP gives up, after a quarter of an hour.
    await source.virsh('domjobabort', '--postcopy', domainName(order.key));
    await untilInterrupted(first, underway);
    first.die();
    await destination.heal();
    const second = await begin();
    expect(await second.endOf(order)).toMatchObject({ phase: 'Succeeded', aborting: false });
    expect(await bench.guest(order.key)).toMatchObject({ bootId, system: 'rescue' });
  });

  it('is lost with the QEMU of its destination: that is said, and it is booted anew, once', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { order, bootId, destination } = await intoPostCopy(operator);
    const pid = await destination.run('cat', `/run/libvirt/qemu/${domainName(order.key)}.pid`);
    await destination.run('kill', '-KILL', pid.trim());
    const end = await operator.untilMigration(order, 'the end of the migration', isOver);
    expect(end).toMatchObject({
      phase: 'Failed',
      trouble: {
        reason: 'MigrationFailed',
        message: `The transfer was interrupted in post-copy, and the guest was lost: it has ended on node "${destination.name}".`,
      },
    });
    await operator.bring(theVm().rescued);
    const after = await bench.guest(order.key);
    expect(after.system).toBe('rescue');
    expect(after.bootId).not.toBe(bootId);
    expect(await bench.whereItRuns(order.key)).toEqual([operator.running(order.key)?.node]);
  });
});
