import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { Bench } from './bench.ts';
import { ROW_TIMEOUT } from './power-rows.ts';

/** Nobody else uses it; its values are the names of rows. */
const LABEL = 'contract.example.com/row';

/** Rows about a backend that finds the destination of a migration itself. */
export function placementRows(bench: () => Bench): void {
  const labelNode = async (node: string, label: string, value: string) => {
    await bench().harness.labelNode?.(node, label, value);
  };

  describe('a live migration to where certain labels are', () => {
    it('is for a driver that places VMs itself', () => {
      const b = bench();
      expect(b.driver.capabilities.placesVms).toBe(true);
      expect(b.harness).toHaveProperty('labelNode');
    });

    it(
      'goes only where the destination labels are, wherever that is',
      async () => {
        const b = bench();
        const { harness } = b;
        const vm = await b.boot();
        const others = harness.nodes.filter((node) => node !== vm.node);
        for (const node of [...others, vm.node]) {
          await labelNode(node, LABEL, `only-${node}`);
          const migration = await b.migrate(vm, { destinationLabels: { [LABEL]: `only-${node}` } });
          expect(migration).toMatchObject({ phase: 'Succeeded', destination: node });
        }
      },
      ROW_TIMEOUT,
    );

    it(
      'does not go to where the guest is already',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        await labelNode(vm.node, LABEL, 'here');
        const order = b.migration(vm, { destinationLabels: { [LABEL]: 'here' } });
        await driver.migrate(order);
        await b.migrationFence();
        const waiting = driver.observeMigration(order.key, order.migrationUid);
        expect(['Queued', 'Preparing']).toContain(waiting?.phase);
        expect(waiting?.destination).toBeUndefined();
        expect(driver.observe(vm.order.key)?.running).toEqual(vm.running);
      },
      ROW_TIMEOUT,
    );

    it(
      'waits where no node has them, and goes on when one gets them',
      async () => {
        const b = bench();
        const { driver, harness } = b;
        const vm = await b.boot();
        const order = b.migration(vm, { destinationLabels: { [LABEL]: 'later' } });
        expect(await driver.migrate(order)).toEqual(ACCEPTED);
        await b.until(order.key, 'the backend knows the migration', () =>
          driver.observeMigration(order.key, order.migrationUid),
        );
        await b.migrationFence();
        const waiting = driver.observeMigration(order.key, order.migrationUid);
        expect(['Queued', 'Preparing']).toContain(waiting?.phase);
        expect(driver.observe(vm.order.key)?.running?.node).toBe(vm.node);
        const labelled = harness.nodes.find((node) => node !== vm.node) ?? '';
        await labelNode(labelled, LABEL, 'later');
        expect(await b.untilMigration(order, 'Succeeded')).toMatchObject({ destination: labelled });
      },
      ROW_TIMEOUT,
    );

    it(
      'of a migration that has not begun ends it, too',
      async () => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        const order = b.migration(vm, { destinationLabels: { [LABEL]: 'never' } });
        await driver.migrate(order);
        await b.until(order.key, 'the backend knows the migration', () =>
          driver.observeMigration(order.key, order.migrationUid),
        );
        expect(await driver.abortMigration(order.key, order.migrationUid)).toEqual(ACCEPTED);
        expect(await b.untilMigration(order, 'Failed')).toMatchObject({ aborting: true });
        expect(driver.observe(vm.order.key)?.running).toEqual(vm.running);
      },
      ROW_TIMEOUT,
    );
  });
}

/** Rows about a driver that is told each node. */
export function placedRows(bench: () => Bench): void {
  describe('a driver that places no VMs', () => {
    it('says so', () => {
      expect(bench().driver.capabilities.placesVms).toBe(false);
    });

    it(
      'makes none without a node, and none where there is no host: Rejected',
      async () => {
        const b = bench();
        const { node, ...order } = b.order();
        expect(node).toBeDefined();
        expect(await b.driver.define(order)).toMatchObject({ kind: 'Rejected' });
        expect(await b.driver.define({ ...order, node: 'nowhere' })).toMatchObject({ kind: 'Rejected' });
        await b.fence();
        expect(b.driver.observe(order.key)).toBeUndefined();
      },
      ROW_TIMEOUT,
    );

    it(
      'makes one where it is told to, and leaves it there whatever it is told later',
      async () => {
        const b = bench();
        const [first, second] = b.harness.nodes;
        const order = b.order('Plain', { node: first ?? '' });
        await b.driver.define(order);
        const { node, running } = await b.untilBooted(order);
        expect(node).toBe(first);
        expect(await b.driver.define({ ...order, node: second ?? '' })).toEqual(ACCEPTED);
        await b.fence();
        expect(b.driver.observe(order.key)?.running).toEqual(running);
      },
      ROW_TIMEOUT,
    );

    it(
      'moves none without a destination, and none to where it is: Rejected',
      async () => {
        const b = bench();
        const vm = await b.boot();
        for (const destinationNode of [undefined, vm.node, 'nowhere']) {
          const order = b.migration(vm, { destinationNode });
          expect(await b.driver.migrate(order)).toMatchObject({ kind: 'Rejected' });
          expect(b.driver.observeMigration(order.key, order.migrationUid)).toBeUndefined();
        }
        expect(b.driver.observe(vm.order.key)?.running).toEqual(vm.running);
      },
      ROW_TIMEOUT,
    );
  });
}
