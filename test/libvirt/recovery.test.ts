import { expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { MigrationOrder } from '../../src/drivers/driver.ts';
import type { LibvirtHost } from '../libvirt-hosts/libvirt-host.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE } from './bench.ts';
import { bootBeforeAll, describeOnBench } from './on-bench.ts';
import type { Operator } from './operator.ts';

/** Slow enough to be interrupted. */
const SLOWLY = { bandwidth: '4Mi' } as const;
/** libvirt gives up a connection that says nothing for so long; milliseconds. */
const CUT = 30_000;

// One rescued guest, which each test finds where the one before has left it.
describeOnBench('a rescued guest whose surroundings fail', 2, (theatre) => {
  const theVm = bootBeforeAll(theatre, 'rescued');

  function hostCalled(name: string | undefined): LibvirtHost {
    const host = theatre().bench.stage.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`there is no host ${name ?? ''}`);
    return host;
  }

  /** The hosts of a migration that is about to begin. */
  function hostsOf(operator: Operator, { destinationNode }: MigrationOrder) {
    return {
      source: hostCalled(operator.running(theVm().key)?.node),
      destination: hostCalled(destinationNode),
    };
  }

  /** The guest's own word that it has not been booted since, and is rescued. */
  async function expectSameBoot(bootId: string): Promise<void> {
    expect(await theatre().bench.guest(theVm().key)).toMatchObject({ bootId, system: 'rescue' });
  }

  async function bootIdOfGuest(): Promise<string> {
    return (await theatre().bench.guest(theVm().key)).bootId;
  }

  it('goes on being moved when the operator dies, and the next one says how it has ended', async () => {
    const first = await theatre().begin();
    const { key } = theVm();
    const before = first.running(key);
    const bootId = await bootIdOfGuest();
    const order = await first.send(first.migration(theVm(), SLOWLY));
    first.die();
    const second = await theatre().begin();
    expect(second.driver.observeMigration(key, order.migrationUid)).toMatchObject({
      phase: 'Running',
      aborting: false,
    });
    expect(await second.driver.migrate(order)).toEqual(ACCEPTED);
    expect(await second.endOf(order)).toMatchObject({ phase: 'Succeeded' });
    expect(second.running(key)).toEqual({ ...before, node: order.destinationNode });
    await expectSameBoot(bootId);
  });

  it('is not moved when the operator dies and the next one aborts', async () => {
    const first = await theatre().begin();
    const { key } = theVm();
    const before = first.running(key);
    const bootId = await bootIdOfGuest();
    const order = await first.send(first.migration(theVm(), SLOWLY));
    first.die();
    const second = await theatre().begin();
    expect(await second.driver.abortMigration(key, order.migrationUid)).toEqual(ACCEPTED);
    expect(await second.endOf(order)).toMatchObject({
      phase: 'Failed',
      aborting: true,
      trouble: { reason: 'Aborted', message: 'The migration was aborted.' },
    });
    expect(second.running(key)).toEqual(before);
    await expectSameBoot(bootId);
  });

  it.each(['source', 'destination'] as const)(
    'runs on one host, in the same boot, when libvirtd dies at the %s of its transfer',
    async (role) => {
      const operator = await theatre().begin();
      const bootId = await bootIdOfGuest();
      const order = operator.migration(theVm(), SLOWLY);
      const host = hostsOf(operator, order)[role];
      await operator.send(order);
      await host.stopDaemon('SIGKILL');
      await host.startDaemon();
      await operator.endOf(order);
      await expectSameBoot(bootId);
    },
  );

  it.each([
    { when: 'before the transfer', folder: '/var/lib/libvirt/qemu' },
    { when: 'after it', folder: '/etc/libvirt/qemu' },
  ])('stays where it was when the destination finds its disk full $when', async ({ folder }) => {
    const operator = await theatre().begin();
    const bootId = await bootIdOfGuest();
    const order = operator.migration(theVm());
    const { destination } = hostsOf(operator, order);
    await destination.run('mount', '-t', 'tmpfs', '-o', 'nr_inodes=1', 'full', folder);
    expect(await operator.driver.migrate(order)).toEqual(ACCEPTED);
    const end = await operator.endOf(order);
    await destination.run('umount', folder);
    expect(end).toMatchObject({ phase: 'Failed', trouble: { reason: 'MigrationFailed' } });
    expect(end.trouble?.message).toContain('No space left on device');
    await expectSameBoot(bootId);
  });

  it('is not sent to a host that is not heard of', async () => {
    const operator = await theatre().begin();
    const bootId = await bootIdOfGuest();
    const order = operator.migration(theVm());
    const { source, destination } = hostsOf(operator, order);
    await destination.cut();
    await operator.untilReady(destination.name, false);
    expect(await operator.driver.migrate(order)).toEqual({
      kind: 'Unavailable',
      message: `VM team-a/${theVm().key.name}: the hypervisor of node "${destination.name}" does not answer.`,
    });
    expect(operator.driver.observeMigration(order.key, order.migrationUid)).toBeUndefined();
    expect(operator.driver.observeNode(source.name)?.ready).toBe(true);
    await destination.heal();
    await operator.untilReady(destination.name, true);
    await expectSameBoot(bootId);
  });

  it.each(['destination', 'source'] as const)(
    'runs on one host, in the same boot, when the network of the %s is cut for 30 s during its transfer',
    async (role) => {
      const operator = await theatre().begin();
      const bootId = await bootIdOfGuest();
      const order = operator.migration(theVm(), { bandwidth: '1Mi' });
      const host = hostsOf(operator, order)[role];
      await operator.send(order);
      await host.cut();
      await waitFor(
        'nothing was heard of the host for so long',
        () => Date.parse(operator.driver.observeNode(host.name)?.validUntil ?? '') <= Date.now(),
        { timeoutMs: 2 * CUT },
      );
      // Of one of them nobody knows what it does.
      expect(operator.driver.observeMigration(order.key, order.migrationUid)?.endedAt).toBeUndefined();
      await host.heal();
      await operator.endOf(order);
      await expectSameBoot(bootId);
    },
  );

  it('is said to be as it was seen last while its host is cut off, and is given no order meanwhile', async () => {
    const operator = await theatre().begin();
    const { key } = theVm();
    const before = operator.driver.observe(key);
    const host = hostCalled(before?.running?.node);
    await host.cut();
    await operator.untilReady(host.name, false);
    expect(operator.driver.observe(key)).toEqual(before);
    expect(await operator.driver.restart(key, before?.running?.bootId ?? '')).toMatchObject({
      kind: 'Unavailable',
    });
    await host.heal();
    await operator.untilReady(host.name, true);
    expect(operator.driver.observe(key)).toEqual(before);
    expect(await operator.driver.remove(key)).toEqual(ACCEPTED);
    await waitFor('it is gone', () => operator.driver.observe(key) === undefined, { timeoutMs: DEADLINE });
  });
});
