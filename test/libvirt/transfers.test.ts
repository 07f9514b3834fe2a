import { beforeAll, expect, it } from '@jest/globals';
import type { MigrationPolicy } from '../../src/api/live-migration.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { MigrationOrder } from '../../src/drivers/driver.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE } from './bench.ts';
import { bootBeforeAll, describeOnBench } from './on-bench.ts';
import type { Operator } from './operator.ts';

/** MiB that the guest rewrites without end, faster than the link is that its transfers get. */
const DIRTY = 32;
const SLOWLY = '8Mi';

// One rescued guest, which each test finds where the one before has left it.
describeOnBench('a rescued guest that writes faster than its memory can be sent', 2, (theatre) => {
  const theVm = bootBeforeAll(theatre, 'rescued');

  beforeAll(async () => {
    const { bench } = theatre();
    const { key } = theVm();
    await bench.stage.order(`${key.name}-rescue.img`, `dirty ${DIRTY}`);
    await bench.stage.console(domainName(key)).waitFor(({ event }) => event === 'order');
  });

  /** Sends the guest away; resolves when more was sent than there is, and still it is not over. */
  async function sendInVain(operator: Operator, policy: Partial<MigrationPolicy>): Promise<MigrationOrder> {
    const order = await operator.send(operator.migration(theVm(), { bandwidth: SLOWLY, ...policy }));
    await operator.untilMigration(order, 'a second pass', ({ progress }) => {
      const { memoryProcessedBytes: sent = 0, memoryRemainingBytes: left = 0 } = progress ?? {};
      return sent > 0 && sent + left > 160 * 2 ** 20;
    });
    return order;
  }

  /** What libvirt says of the transfer, where it comes from. */
  async function atSource({ key, destinationNode }: MigrationOrder, ...args: string[]): Promise<string> {
    const source = theatre().bench.stage.hosts.find(({ name }) => name !== destinationNode);
    return ((await source?.virsh(...args, domainName(key))) ?? '').trim();
  }

  it('is slowed down where that is allowed, and is where it was when its transfer is aborted, as when its time is over', async () => {
    const { bench, begin } = theatre();
    const operator = await begin(bench.settings({ maxDowntimeMilliseconds: 123 }));
    const { driver } = operator;
    const { key } = theVm();
    const before = operator.running(key);
    const { bootId } = await bench.guest(key);
    const order = await sendInVain(operator, { autoConverge: true });
    expect(await atSource(order, 'migrate-getmaxdowntime')).toBe('123');
    const throttle = /auto_converge_throttle: [1-9]/;
    await waitFor(
      'it is slowed down',
      async () => throttle.test(await atSource(order, 'domjobinfo', '--rawstats')),
      { timeoutMs: DEADLINE },
    );
    expect(await driver.abortMigration(key, order.migrationUid)).toEqual(ACCEPTED);
    expect(await operator.endOf(order)).toMatchObject({
      phase: 'Failed',
      aborting: true,
      trouble: { reason: 'Aborted' },
    });
    expect(operator.running(key)).toEqual(before);
    expect(await bench.guest(key)).toMatchObject({ bootId });
  });

  it('arrives in the same boot when its transfer is forced: it stands still until it is there', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { driver } = operator;
    const { key, rescued } = theVm();
    const { bootId } = await bench.guest(key);
    const order = await sendInVain(operator, {});
    await operator.force(order);
    expect(await driver.migrate({ ...order, completion: 'Forced' })).toEqual(ACCEPTED);
    expect(driver.observeMigration(key, order.migrationUid)).toMatchObject({ completion: 'Forced' });
    expect(await operator.endOf(order)).toMatchObject({ phase: 'Succeeded' });
    expect(operator.running(key)?.boot).toEqual(rescued.vm.boot);
    expect(await bench.guest(key)).toMatchObject({ bootId, system: 'rescue' });
  });

  it('runs on at the destination when it is forced by post-copy, from where there is no way back', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { driver } = operator;
    const { key } = theVm();
    const { bootId } = await bench.guest(key);
    const order = await operator.send(operator.migration(theVm(), { bandwidth: '4Mi', postCopy: true }));
    const source = driver.observeMigration(key, order.migrationUid)?.source ?? '';
    await operator.force(order);
    await operator.untilMigration(order, 'post-copy', ({ phase }) => phase === 'PostCopy');
    expect(await driver.abortMigration(key, order.migrationUid)).toEqual({
      kind: 'Rejected',
      message:
        `VM ${key.namespace}/${key.name}: post-copy has begun, so the migration can't be aborted: the guest runs on ` +
        `node "${order.destinationNode ?? ''}" and part of its memory is on node "${source}" still.`,
    });
    expect(operator.running(key)).toMatchObject({ node: order.destinationNode, phase: 'Running' });
    expect(await operator.endOf(order)).toMatchObject({ phase: 'Succeeded', aborting: false });
    expect(await bench.guest(key)).toMatchObject({ bootId, host: expect.anything() });
  });

  it('that is removed meanwhile leaves nothing on either host', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { key } = theVm();
    await operator.send(operator.migration(theVm(), { bandwidth: SLOWLY }));
    expect(await operator.driver.remove(key)).toEqual(ACCEPTED);
    await waitFor('nothing is left', async () => {
      const names = await Promise.all(bench.stage.hosts.map((host) => host.virsh('list', '--all', '--name')));
      return names.every((text) => text.trim() === '') && operator.driver.observe(key) === undefined;
    });
  });
});
