import { describe, expect, it } from '@jest/globals';
import { namesOfWritten } from '../../src/domain/instance/writable-disks.ts';
import type { ObservedVm } from '../../src/domain/observed.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { ClaimOrder, VmKey, VmOrder } from '../../src/drivers/driver.ts';
import type { Bench } from './bench.ts';
import { ROW_TIMEOUT } from './power-rows.ts';

/** Rows about whose a VM is, and about who changes it behind our back. */
export function ownershipRows(bench: () => Bench): void {
  describe('claim', () => {
    it(
      'takes over a VM that is not ours: nothing but whose it is changes, and twice is as good as once',
      async () => {
        const b = bench();
        const order = b.order();
        await b.harness.makeForeignVm(order.key);
        const before = seen(b, order.key);
        const claim = claimOf(b, order);
        expect(await b.driver.claim(claim)).toEqual(ACCEPTED);
        expect(await b.driver.claim(claim)).toEqual(ACCEPTED);
        await b.fence();
        expect(seen(b, order.key)).toMatchObject({
          uid: before.uid,
          stored: before.stored,
          identity: before.identity,
          ownership: { kind: 'Instance', uid: order.instanceUid, deletionPolicy: 'Delete' },
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'decides whether a VM goes with its Instance, without the guest noticing, and a later define agrees',
      async () => {
        const b = bench();
        const { order, running } = await b.boot();
        for (const deletionPolicy of ['Retain', 'Delete', 'Retain'] as const) {
          expect(await b.driver.claim(claimOf(b, { ...order, deletionPolicy }))).toEqual(ACCEPTED);
          expect(seen(b, order.key)).toMatchObject({
            ownership: { kind: 'Instance', uid: order.instanceUid, deletionPolicy },
            running: { bootId: running.bootId, phase: 'Running', boot: running.boot },
          });
        }
        const { uid, stored } = seen(b, order.key);
        await b.driver.define({ ...order, deletionPolicy: 'Retain' });
        await b.fence();
        expect(seen(b, order.key)).toMatchObject({
          uid,
          stored,
          ownership: { deletionPolicy: 'Retain' },
          running: { bootId: running.bootId },
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'gives a VM from one Instance to another, which can then boot it with the identity that it has',
      async () => {
        const b = bench();
        const { order, running } = await b.boot();
        const before = await b.harness.guest(order.key);
        const next = { ...order, instanceUid: b.uid() };
        expect(await b.driver.claim(claimOf(b, next))).toEqual(ACCEPTED);
        await b.driver.define({ ...next, power: 'Off' });
        await b.untilPowerless(order.key);
        await b.driver.define(next);
        await b.untilBooted(next, running.bootId);
        expect(await b.harness.guest(order.key)).toEqual(before);
      },
      ROW_TIMEOUT,
    );

    it('of a VM that is not there, or is another one by now: NotFound', async () => {
      const b = bench();
      const order = b.order('Plain', { power: 'Off' });
      const claim: ClaimOrder = { ...order, vmUid: 'another', instanceUid: b.uid() };
      expect(await b.driver.claim(claim)).toMatchObject({ kind: 'NotFound' });
      await b.driver.define(order);
      await b.until(order.key, 'the VM is there', () => b.driver.observe(order.key));
      expect(await b.driver.claim(claim)).toMatchObject({ kind: 'NotFound' });
      expect(seen(b, order.key).ownership).toMatchObject({ uid: order.instanceUid });
    });
  });

  it(
    'the disks that a VM writes to are told, whatever becomes of its Instance',
    async () => {
      const b = bench();
      const order = b.order('Plain', { power: 'Off', deletionPolicy: 'Retain' });
      await b.driver.define(order);
      await b.until(order.key, 'the VM is there', () => b.driver.observe(order.key));
      const { hardware } = order.vm;
      const disks = hardware.kind === 'Portable' ? hardware.disks : [];
      expect(seen(b, order.key).writes).toEqual(namesOfWritten(disks, order.key.namespace));
    },
    ROW_TIMEOUT,
  );

  describe('what somebody changes in the stored VM', () => {
    it(
      'is told where the VM is asked about that was stored, and put right by the next define',
      async () => {
        const b = bench();
        const { order } = await b.boot();
        const drift = () => b.driver.observe(order.key, order.vm)?.stored.drift ?? [];
        expect(drift()).toEqual([]);
        await b.harness.changeCores(order.key);
        await b.until(order.key, 'the change is seen', () => drift().length > 0);
        expect(drift()).toEqual([expect.stringContaining('cores')]);
        expect(seen(b, order.key).stored.drift).toEqual([]);
        expect(b.driver.observe(order.key, b.rescued(order).vm)?.stored.drift).toEqual([]);
        expect(await b.driver.define(order)).toEqual(ACCEPTED);
        await b.until(order.key, 'it is put right', () => drift().length === 0);
      },
      ROW_TIMEOUT,
    );
  });
}

function seen({ driver }: Bench, key: VmKey): ObservedVm {
  const vm = driver.observe(key);
  if (vm === undefined) throw new Error(`there is no VM ${key.name}`);
  return vm;
}

function claimOf(bench: Bench, order: VmOrder): ClaimOrder {
  const { key, instanceUid, deletionPolicy } = order;
  return { key, vmUid: seen(bench, key).uid, instanceUid, deletionPolicy };
}
