import { describe, expect, it } from '@jest/globals';
import { RESCUE_DISK } from '../../src/api/names.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { Bench } from './bench.ts';

/** How many boots and moves a row may wait for, each with the harness's deadline. Milliseconds. */
export const ROW_TIMEOUT = 120_000;

/** Rows about what is stored and what runs. */
export function powerRows(bench: () => Bench): void {
  describe('what is not there', () => {
    it('is undefined, not an error', () => {
      const { driver, harness } = bench();
      expect(driver.observe(harness.key('Plain'))).toBeUndefined();
    });

    it('is removed without a complaint', async () => {
      const { driver, harness } = bench();
      expect(await driver.remove(harness.key('Plain'))).toEqual(ACCEPTED);
    });

    it('cannot be restarted: NotFound', async () => {
      const { driver, harness } = bench();
      expect(await driver.restart(harness.key('Plain'), 'no-boot')).toMatchObject({ kind: 'NotFound' });
    });
  });

  describe('define', () => {
    it(
      'stores a VM and boots it as it is stored',
      async () => {
        const b = bench();
        const { driver } = b;
        const order = b.order();
        expect(await driver.define(order)).toEqual(ACCEPTED);
        const { running } = await b.untilBooted(order);
        expect(running.boot).toEqual(order.vm.boot);
        expect(b.harness.nodes).toContain(running.node);
        expect(driver.observe(order.key)).toMatchObject({
          ownership: { kind: 'Instance', uid: order.instanceUid, deletionPolicy: 'Delete' },
          identity: order.vm.identity,
          stored: { boot: order.vm.boot, power: 'On' },
          trouble: undefined,
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'gives the guest its identity, and its disks in their order with their serials',
      async () => {
        const b = bench();
        const { harness } = b;
        const { order } = await b.boot();
        const { identity, hardware } = order.vm;
        const disks = hardware.kind === 'Portable' ? hardware.disks : [];
        expect(disks).not.toHaveLength(0);
        expect(await harness.guest(order.key)).toEqual({
          firmwareUUID: identity.firmwareUUID,
          serial: identity.serial,
          macAddresses: Object.values(identity.macAddresses),
          disks: disks.map(({ name, serial }) => ({ name, serial })),
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'twice changes nothing',
      async () => {
        const b = bench();
        const { driver } = b;
        const { order } = await b.boot();
        const before = driver.observe(order.key);
        expect(await driver.define(order)).toEqual(ACCEPTED);
        await b.fence();
        expect(driver.observe(order.key)).toEqual(before);
      },
      ROW_TIMEOUT,
    );

    it(
      'refuses a VM of that name that is not ours, and leaves it as it is',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const order = b.order();
        await harness.makeForeignVm(order.key);
        const before = driver.observe(order.key);
        expect(before).toBeDefined();
        expect(before?.ownership).not.toMatchObject({ uid: order.instanceUid });
        expect(await driver.define(order)).toMatchObject({ kind: 'Rejected' });
        await b.fence();
        expect(driver.observe(order.key)).toMatchObject({
          uid: before?.uid,
          ownership: before?.ownership,
          stored: before?.stored,
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'stores a VM that is to be off, and does not boot it',
      async () => {
        const b = bench();
        const { driver } = b;
        const order = b.order('Plain', { power: 'Off' });
        expect(await driver.define(order)).toEqual(ACCEPTED);
        await b.until(order.key, 'the VM is there', () => driver.observe(order.key));
        await b.fence();
        expect(driver.observe(order.key)).toMatchObject({
          stored: { power: 'Off', boot: order.vm.boot },
          running: undefined,
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'powers a VM off and on again: another boot of the same machine',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const { order, running } = await b.boot();
        const { uid } = driver.observe(order.key) ?? {};
        const before = await harness.guest(order.key);
        await driver.define({ ...order, power: 'Off' });
        expect(await b.untilPowerless(order.key)).toMatchObject({ uid, stored: { power: 'Off' } });
        await driver.define(order);
        const again = await b.untilBooted(order);
        expect(again.running.bootId).not.toBe(running.bootId);
        expect(driver.observe(order.key)).toMatchObject({ uid });
        expect(await harness.guest(order.key)).toEqual(before);
      },
      ROW_TIMEOUT,
    );

    it(
      'stores another boot beside the guest, which runs on as it was booted',
      async () => {
        const b = bench();
        const { driver } = b;
        const { order, running } = await b.boot();
        const rescued = b.rescued(order);
        expect(await driver.define(rescued)).toEqual(ACCEPTED);
        await b.fence();
        expect(driver.observe(order.key)).toMatchObject({
          stored: { boot: rescued.vm.boot, power: 'On' },
          running: { bootId: running.bootId, boot: order.vm.boot, phase: 'Running' },
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'tells in words why a guest does not come up',
      async () => {
        const b = bench();
        const { driver } = b;
        const order = b.order('BootFails');
        await driver.define(order);
        const trouble = await b.until(
          order.key,
          'the backend says what is wrong',
          () => driver.observe(order.key)?.trouble,
        );
        expect(trouble.reason).toMatch(/^[A-Z][A-Za-z0-9]+$/);
        expect(trouble.message).not.toBe('');
      },
      ROW_TIMEOUT,
    );
  });

  restartRows(bench);
  removeRows(bench);
}

function restartRows(bench: () => Bench): void {
  describe('restart', () => {
    it(
      'boots what is stored: a rescue, with the own disks in their places and the rescue disk behind them',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const { order, running } = await b.boot();
        const before = await harness.guest(order.key);
        const rescued = b.rescued(order);
        await driver.define(rescued);
        expect(await driver.restart(order.key, running.bootId)).toEqual(ACCEPTED);
        const { running: now } = await b.untilBooted(rescued, running.bootId);
        expect(now.boot).toEqual(rescued.vm.boot);
        const guest = await harness.guest(order.key);
        const own = before?.disks.filter(({ name }) => name !== 'seed') ?? [];
        expect(guest).toMatchObject({ firmwareUUID: before?.firmwareUUID, serial: before?.serial });
        expect(guest?.macAddresses).toEqual(before?.macAddresses);
        expect(guest?.disks.slice(0, -1)).toEqual(own);
        expect(guest?.disks.at(-1)?.name).toBe(RESCUE_DISK);
      },
      ROW_TIMEOUT,
    );

    it(
      'brings the guest back as it was: after an unrescue it finds the machine that it knew',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const { order, running } = await b.boot();
        const before = await harness.guest(order.key);
        const rescued = b.rescued(order);
        await driver.define(rescued);
        await driver.restart(order.key, running.bootId);
        const inRescue = await b.untilBooted(rescued, running.bootId);
        await driver.define(order);
        await driver.restart(order.key, inRescue.running.bootId);
        const back = await b.untilBooted(order, inRescue.running.bootId);
        expect(back.running.boot).toEqual(running.boot);
        expect(await harness.guest(order.key)).toEqual(before);
      },
      ROW_TIMEOUT,
    );

    it(
      'twice for one boot is one restart, also when that boot is long over',
      async () => {
        const b = bench();
        const { driver } = b;
        const { order, running } = await b.boot();
        expect(await driver.restart(order.key, running.bootId)).toEqual(ACCEPTED);
        expect(await driver.restart(order.key, running.bootId)).toEqual(ACCEPTED);
        const { running: second } = await b.untilBooted(order, running.bootId);
        expect(await driver.restart(order.key, running.bootId)).toEqual(ACCEPTED);
        await b.fence();
        expect(driver.observe(order.key)?.running).toMatchObject({
          bootId: second.bootId,
          phase: 'Running',
        });
      },
      ROW_TIMEOUT,
    );
  });
}

function removeRows(bench: () => Bench): void {
  describe('remove', () => {
    it(
      'stops and deletes a VM; twice is as good as once',
      async () => {
        const b = bench();
        const { driver } = b;
        const { order } = await b.boot();
        expect(await driver.remove(order.key)).toEqual(ACCEPTED);
        expect(await driver.remove(order.key)).toEqual(ACCEPTED);
        expect(await b.untilGone(order.key)).toBe(true);
      },
      ROW_TIMEOUT,
    );

    it(
      'takes a migration that is under way with it',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot('LongMigration');
        const migration = b.migration(vm);
        await driver.migrate(migration);
        await b.untilMigration(migration, 'Running');
        expect(await driver.remove(vm.order.key)).toEqual(ACCEPTED);
        expect(await b.untilGone(vm.order.key)).toBe(true);
      },
      ROW_TIMEOUT,
    );
  });
}
