import { beforeAll, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { VmOrder } from '../../src/drivers/driver.ts';
import type { TestVm } from './bench.ts';
import { describeOnBench } from './on-bench.ts';

/** The calls of virsh by which a VM is booted anew, each followed by the death of who made it. */
const STEPS_OF_A_BOOT = ['define', 'destroy', 'metadata', 'start'];

/** The same for a migration; `metadata` writes that it begins, and how it has ended. */
const STEPS_OF_A_MIGRATION = [
  { after: 'pool-refresh', nth: 1, end: 'Succeeded' },
  { after: 'migrate-setmaxdowntime', nth: 1, end: 'Succeeded' },
  { after: 'metadata', nth: 1, end: 'Failed' },
  { after: 'migrate', nth: 1, end: 'Succeeded' },
  { after: 'metadata', nth: 2, end: 'Succeeded' },
] as const;

// One guest, which goes to its rescue and back, and from host to host, over the bodies of its operators.
describeOnBench('an operator that is killed', 2, (theatre) => {
  const held: { vm?: TestVm } = {};

  beforeAll(async () => {
    held.vm = await theatre().boot('normal');
  });

  const theVm = (): TestVm => {
    if (held.vm === undefined) throw new Error('there is no VM');
    return held.vm;
  };

  it.each(STEPS_OF_A_BOOT.map((after, index) => ({ after, mode: index % 2 === 0 ? 'rescue' : 'unrescue' })))(
    'after `virsh $after` of a $mode: the next one brings it to its end',
    async ({ after, mode }) => {
      const { bench, begin } = theatre();
      const { key, normal, rescued } = theVm();
      const order: VmOrder = mode === 'rescue' ? rescued : normal;
      const { bootId } = await bench.guest(key);
      const first = await begin();
      first.virsh.dieAfter(after);
      void first.bring(order).catch(() => undefined);
      await first.virsh.death;
      first.die();
      const second = await begin();
      const running = await second.bring(order);
      const guest = await bench.guest(key);
      expect(guest.system).toBe(mode === 'rescue' ? 'rescue' : 'root');
      expect(guest.bootId).not.toBe(bootId);
      expect(await bench.whereItRuns(key)).toEqual([running.node]);
    },
  );

  it.each(STEPS_OF_A_MIGRATION)(
    'after `virsh $after` ($nth) of a migration: the next one says $end, and the guest runs once',
    async ({ after, nth, end }) => {
      const { bench, begin } = theatre();
      const { key } = theVm();
      const first = await begin();
      const before = first.running(key);
      const { bootId } = await bench.guest(key);
      const order = first.migration(theVm());
      first.virsh.dieAfter(after, nth);
      void first.driver.migrate(order);
      await first.virsh.death;
      first.die();
      const second = await begin();
      expect(await second.driver.migrate(order)).toEqual(ACCEPTED);
      const seen = await second.endOf(order);
      expect(seen).toMatchObject({ phase: end, aborting: false });
      const node = end === 'Succeeded' ? order.destinationNode : before?.node;
      expect(second.running(key)).toEqual({ ...before, node });
      expect(await bench.guest(key)).toMatchObject({ bootId });
    },
  );

  it('before it has done anything: nothing has happened, and the next one begins', async () => {
    const { bench, begin } = theatre();
    const { key } = theVm();
    const first = await begin();
    const { bootId } = await bench.guest(key);
    const order = first.migration(theVm());
    first.die();
    const second = await begin();
    expect(second.driver.observeMigration(key, order.migrationUid)).toBeUndefined();
    expect(await second.driver.migrate(order)).toEqual(ACCEPTED);
    expect(await second.endOf(order)).toMatchObject({ phase: 'Succeeded' });
    expect(await bench.guest(key)).toMatchObject({ bootId });
    expect(await second.driver.remove(key)).toEqual(ACCEPTED);
  });
});
