import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { Bench, BootedVm } from './bench.ts';
import { ROW_TIMEOUT } from './power-rows.ts';

/** Rows about live migrations. */
export function migrationRows(bench: () => Bench): void {
  placeRows(bench);
  abortRows(bench);
  describe('one migration at a time', () => {
    it(
      'a second order with the same uid changes nothing, also when the migration is over',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        const order = b.migration(vm);
        expect(await driver.migrate(order)).toEqual(ACCEPTED);
        expect(await driver.migrate(order)).toEqual(ACCEPTED);
        const { destination } = await b.untilMigration(order, 'Succeeded');
        expect(await driver.migrate(order)).toEqual(ACCEPTED);
        await b.fence();
        expect(nodeOf(b, vm)).toBe(destination);
        expect(driver.observeMigration(order.key, order.migrationUid)?.phase).toBe('Succeeded');
      },
      ROW_TIMEOUT,
    );

    it(
      'a second migration while one is under way is Busy, and leaves the first alone',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot('LongMigration');
        const first = b.migration(vm);
        await driver.migrate(first);
        await b.untilMigration(first, 'Running');
        const second = b.migration(vm);
        expect(await driver.migrate(second)).toMatchObject({ kind: 'Busy' });
        expect(driver.observeMigration(second.key, second.migrationUid)).toBeUndefined();
        expect(driver.observeMigration(first.key, first.migrationUid)?.phase).toBe('Running');
      },
      ROW_TIMEOUT,
    );

    it(
      'another one may follow when it is over',
      async () => {
        const b = bench();
        const vm = await b.boot();
        const first = await b.migrate(vm);
        const second = await b.migrate(vm);
        expect([first.phase, second.phase]).toEqual(['Succeeded', 'Succeeded']);
        expect(second.source).toBe(first.destination);
      },
      ROW_TIMEOUT,
    );

    it('what was never ordered is undefined', () => {
      const b = bench();
      const { driver } = b;
      expect(driver.observeMigration(b.harness.key('Plain'), b.uid())).toBeUndefined();
    });

    it('a VM that is not there cannot be migrated', async () => {
      const b = bench();
      const { driver } = b;
      const order = { key: b.harness.key('Plain'), migrationUid: b.uid(), migrationName: 'away' };
      const anywhere = { destinationNode: undefined, destinationLabels: {}, policy: undefined };
      const outcome = await driver.migrate({ ...order, ...anywhere });
      expect(['NotFound', 'Rejected']).toContain(outcome.kind);
    });
  });
}

function placeRows(bench: () => Bench): void {
  describe('a live migration', () => {
    it(
      'takes the guest to another node in the same boot, and says where from and where to',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        const migration = await b.migrate(vm);
        expect(migration).toMatchObject({ phase: 'Succeeded', source: vm.node, aborting: false });
        expect(migration.destination).not.toBe(vm.node);
        const [startedAt = NaN, endedAt = NaN] = [migration.startedAt, migration.endedAt].map((time) =>
          Date.parse(time ?? ''),
        );
        expect(endedAt).toBeGreaterThanOrEqual(startedAt);
        await b.until(vm.order.key, 'the VM is seen on its destination', () => {
          return nodeOf(b, vm) === migration.destination;
        });
        expect(driver.observe(vm.order.key)).toMatchObject({
          stored: { boot: vm.order.vm.boot, power: 'On' },
          running: { bootId: vm.running.bootId, boot: vm.running.boot, phase: 'Running' },
        });
      },
      ROW_TIMEOUT,
    );

    it(
      'leaves a rescued guest rescued',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const vm = await b.bootRescued();
        const before = await harness.guest(vm.order.key);
        expect(await b.migrate(vm)).toMatchObject({ phase: 'Succeeded' });
        expect(driver.observe(vm.order.key)?.running).toMatchObject({
          bootId: vm.running.bootId,
          boot: { mode: 'Rescue', session: vm.order.vm.boot.session },
        });
        expect(await harness.guest(vm.order.key)).toEqual(before);
      },
      ROW_TIMEOUT,
    );

    it(
      'goes to the node that is named, whichever that is',
      async () => {
        const b = bench();
        const vm = await b.boot();
        const others = b.harness.nodes.filter((node) => node !== vm.node);
        for (const destinationNode of [...others, vm.node]) {
          const migration = await b.migrate(vm, { destinationNode });
          expect(migration).toMatchObject({ phase: 'Succeeded', destination: destinationNode });
        }
      },
      ROW_TIMEOUT,
    );

    it(
      'that fails says why, and leaves the guest as it was on its source',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot('MigrationFails');
        const migration = await b.migrate(vm);
        expect(migration).toMatchObject({ phase: 'Failed', aborting: false, source: vm.node });
        expect(migration.trouble?.reason).toMatch(/^[A-Z][A-Za-z0-9]+$/);
        expect(migration.trouble?.message).not.toBe('');
        expect(driver.observe(vm.order.key)?.running).toEqual(vm.running);
      },
      ROW_TIMEOUT,
    );
  });
}

function abortRows(bench: () => Bench): void {
  describe('abort', () => {
    it(
      'mid-way ends the migration, and leaves the guest as it was on its source; twice is as good as once',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.bootRescued('LongMigration');
        const order = b.migration(vm);
        await driver.migrate(order);
        await b.untilMigration(order, 'Running');
        expect(await driver.abortMigration(order.key, order.migrationUid)).toEqual(ACCEPTED);
        expect(await driver.abortMigration(order.key, order.migrationUid)).toEqual(ACCEPTED);
        expect(await b.untilMigration(order, 'Failed')).toMatchObject({ aborting: true, source: vm.node });
        expect(driver.observe(vm.order.key)?.running).toEqual(vm.running);
      },
      ROW_TIMEOUT,
    );

    it(
      'of what was never ordered is NotFound',
      async () => {
        const b = bench();
        const { driver } = b;
        const { key } = (await b.boot()).order;
        expect(await driver.abortMigration(key, b.uid())).toMatchObject({ kind: 'NotFound' });
      },
      ROW_TIMEOUT,
    );

    it(
      'after the end changes nothing',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        const order = b.migration(vm);
        await driver.migrate(order);
        const { destination } = await b.untilMigration(order, 'Succeeded');
        expect(await driver.abortMigration(order.key, order.migrationUid)).toEqual(ACCEPTED);
        await b.fence();
        expect(driver.observeMigration(order.key, order.migrationUid)).toMatchObject({
          phase: 'Succeeded',
          aborting: false,
        });
        expect(nodeOf(b, vm)).toBe(destination);
      },
      ROW_TIMEOUT,
    );

    it(
      'that comes too late ends in a success',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot('AbortTooLate');
        const order = b.migration(vm);
        await driver.migrate(order);
        await b.untilMigration(order, 'Running');
        expect(await driver.abortMigration(order.key, order.migrationUid)).toEqual(ACCEPTED);
        const { destination, aborting } = await b.untilMigration(order, 'Succeeded');
        expect(aborting).toBe(false);
        expect(nodeOf(b, vm)).toBe(destination);
      },
      ROW_TIMEOUT,
    );
  });
}

function nodeOf({ driver }: Bench, { order }: BootedVm): string | undefined {
  return driver.observe(order.key)?.running?.node;
}
