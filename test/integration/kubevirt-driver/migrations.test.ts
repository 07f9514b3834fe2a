import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, MIGRATION_UID_LABEL } from '../../../src/api/names.ts';
import type { ObservedMigration, ObservedVm } from '../../../src/domain/observed.ts';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import type { MigrationOrder, VmKey } from '../../../src/drivers/driver.ts';
import { waitFor } from '../../support/wait.ts';
import { DEADLINE, untilSeen } from './bench.ts';
import { ROW_TIMEOUT, useSession } from './session.ts';

const session = useSession();

let uids = 0;
function migrationOf(key: VmKey, fields: Partial<MigrationOrder> = {}): MigrationOrder {
  uids += 1;
  const migrationUid = `11111111-0000-4000-8000-${String(uids).padStart(12, '0')}`;
  return {
    key,
    migrationUid,
    migrationName: 'away',
    destinationNode: undefined,
    destinationLabels: {},
    policy: undefined,
    ...fields,
  };
}

/** Its migrations come and go; all else that is seen of a VM must not. */
function withoutMigrations(vm: ObservedVm | undefined): Omit<ObservedVm, 'migrations'> | undefined {
  if (vm === undefined) return undefined;
  const { migrations: _, ...rest } = vm;
  return rest;
}

function untilMigration({ key, migrationUid }: MigrationOrder, ...phases: ObservedMigration['phase'][]) {
  const look = () => {
    const migration = session.driver.observeMigration(key, migrationUid);
    return migration && phases.includes(migration.phase) ? migration : undefined;
  };
  return waitFor(`the migration is ${phases.join(' or ')}`, look, { timeoutMs: DEADLINE, intervalMs: 10 });
}

describe('a live migration', () => {
  it(
    'is named after the LiveMigration, and may go only where the labels are',
    async () => {
      const { key, running } = await session.bootRescued();
      const destination = ['node-1', 'node-2', 'node-3'].find((node) => node !== running.node) ?? '';
      await session.bench.simulator.nodes.setLabels(destination, { [DESTINATION_LABEL]: 'true' });
      const order = migrationOf(key, {
        destinationNode: destination,
        destinationLabels: { [DESTINATION_LABEL]: 'true' },
        longestSearch: 60,
      });
      expect(await session.driver.migrate(order)).toEqual(ACCEPTED);
      expect(session.driver.observeMigration(key, order.migrationUid)).toMatchObject({ phase: 'Queued' });
      const object = await session.bench.migrations().get({ ...key, name: `medevac-${order.migrationUid}` });
      expect(object.metadata.labels).toMatchObject({ [MIGRATION_UID_LABEL]: order.migrationUid });
      expect(object.metadata.annotations).toMatchObject({
        'kubevirt.io/migrationUnschedulablePodTimeoutSeconds': '60',
      });
      expect(object.metadata.ownerReferences).toEqual([
        {
          apiVersion: 'compute.medevac.dev/v1beta1',
          kind: 'LiveMigration',
          name: order.migrationName,
          uid: order.migrationUid,
        },
      ]);
      expect(object.spec).toEqual({
        vmiName: key.name,
        addedNodeSelector: { [DESTINATION_LABEL]: 'true', 'kubernetes.io/hostname': destination },
      });
      expect(await untilMigration(order, 'Succeeded', 'Failed')).toMatchObject({
        phase: 'Succeeded',
        destination,
      });
      await session.bench.simulator.nodes.setLabels(destination, { [DESTINATION_LABEL]: null });
    },
    ROW_TIMEOUT,
  );

  it(
    'shows in nothing but its node and itself, and is over when the VM is seen on its destination',
    async () => {
      const { key, running } = await session.bootRescued();
      // A busy virt-controller says that a migration runs a while after it does.
      session.fail(key, { delays: { migrationMs: 2_000 } });
      const seen: { vm: ReturnType<typeof withoutMigrations>; migration: ObservedMigration | undefined }[] =
        [];
      const order = migrationOf(key);
      await session.anotherDriver((watching) => {
        seen.push({
          vm: withoutMigrations(watching.observe(key)),
          migration: watching.observeMigration(key, order.migrationUid),
        });
      });
      await session.driver.migrate(order);
      await waitFor('it is over', () => seen.at(-1)?.migration?.phase === 'Succeeded', {
        timeoutMs: DEADLINE,
      });

      const { destination } = seen.at(-1)?.migration ?? {};
      const during = seen.slice(seen.findIndex(({ migration }) => migration !== undefined));
      const vms = during.map(({ vm }) => vm);
      const [first] = vms;
      expect(vms.map((vm) => ({ ...vm, running: { ...vm?.running, node: undefined } }))).toEqual(
        vms.map(() => ({ ...first, running: { ...first?.running, node: undefined } })),
      );
      expect(new Set(vms.map((vm) => vm?.running?.node))).toEqual(new Set([running.node, destination]));
      for (const { vm, migration } of during.filter((step) => step.migration?.phase === 'Succeeded')) {
        expect([vm?.running?.node, migration?.destination]).toEqual([destination, destination]);
      }
      const phases = during.map(({ migration }) => migration?.phase);
      expect(phases.filter((phase, index) => phase !== phases[index - 1])).toEqual([
        'Queued',
        'Preparing',
        'Running',
        'Completing',
        'Succeeded',
      ]);
    },
    ROW_TIMEOUT,
  );

  it(
    'is Busy while somebody else moves the VM',
    async () => {
      const { key } = await session.boot();
      session.fail(key, { delays: { migrationMs: 2_000 } });
      const { namespace, name } = key;
      const theirs = { metadata: { name: `virtctl-${name}`, namespace }, spec: { vmiName: name } };
      await session.bench.migrations().create(theirs);
      const order = migrationOf(key);
      expect(await session.driver.migrate(order)).toMatchObject({
        kind: 'Busy',
        message: expect.stringContaining('in-flight migration detected'),
      });
      expect(session.driver.observeMigration(key, order.migrationUid)).toBeUndefined();
    },
    ROW_TIMEOUT,
  );

  it(
    'is made once, also where an earlier answer was lost',
    async () => {
      const { key } = await session.boot();
      const order = migrationOf(key);
      await session.driver.migrate(order);
      await untilMigration(order, 'Succeeded');
      const afresh = session.bench.newDriver();
      expect(await afresh.migrate(order)).toEqual(ACCEPTED);
      const { items } = await session.bench.migrations().list({ namespace: key.namespace });
      expect(items.filter(({ spec }) => spec['vmiName'] === key.name)).toHaveLength(1);
    },
    ROW_TIMEOUT,
  );

  it(
    'that fails is told with its reason, never before that is there',
    async () => {
      const words = "operation failed: guest CPU doesn't match specification";
      const { key, running } = await session.boot();
      session.fail(key, { migrationFails: words });
      const order = migrationOf(key);
      const reasons: (string | undefined)[] = [];
      await session.anotherDriver((watching) => {
        const migration = watching.observeMigration(key, order.migrationUid);
        if (migration?.phase === 'Failed') reasons.push(migration.trouble?.message);
      });
      await session.driver.migrate(order);
      const { trouble } = await untilMigration(order, 'Failed');
      expect(trouble).toEqual({ reason: 'MigrationFailed', message: words });
      await waitFor('the other driver sees it, too', () => reasons.length > 0, { timeoutMs: DEADLINE });
      expect(new Set(reasons)).toEqual(new Set([words]));
      expect(session.driver.observe(key)?.running).toEqual(running);
    },
    ROW_TIMEOUT,
  );

  it(
    'that is aborted has an end although its object is gone',
    async () => {
      const { key, running } = await session.bootRescued();
      session.fail(key, { delays: { migrationMs: 60_000 } });
      const order = migrationOf(key);
      await session.driver.migrate(order);
      await untilMigration(order, 'Running');
      expect(await session.driver.abortMigration(key, order.migrationUid)).toEqual(ACCEPTED);
      await untilMigration(order, 'Failed');
      const name = `medevac-${order.migrationUid}`;
      await waitFor('the object is gone', async () => {
        const { items } = await session.bench.migrations().list({ namespace: key.namespace });
        return items.every(({ metadata }) => metadata.name !== name);
      });
      expect(session.driver.observeMigration(key, order.migrationUid)).toMatchObject({
        phase: 'Failed',
        aborting: true,
        source: running.node,
        trouble: { message: 'Live migration has been aborted' },
      });
      expect(session.driver.observe(key)?.running).toEqual(running);
    },
    ROW_TIMEOUT,
  );

  it(
    'that was not seen is aborted all the same; that was never made is NotFound; that is being made is Busy',
    async () => {
      const { key, running } = await session.boot();
      session.fail(key, { delays: { migrationMs: 60_000 } });
      const order = migrationOf(key);
      // It has seen nothing, as one whose watch lags and whose answers are lost.
      const late = session.bench.newDriver();
      expect(await late.abortMigration(key, order.migrationUid)).toMatchObject({ kind: 'NotFound' });
      const ordering = session.driver.migrate(order);
      expect(await session.driver.abortMigration(key, order.migrationUid)).toMatchObject({
        kind: 'Busy',
        message: `KubeVirt is just being asked to migrate VM ${key.namespace}/${key.name}.`,
      });
      expect(await ordering).toEqual(ACCEPTED);
      await untilMigration(order, 'Running');
      expect(await late.abortMigration(key, order.migrationUid)).toEqual(ACCEPTED);
      expect(await untilMigration(order, 'Failed')).toMatchObject({ aborting: true, source: running.node });
      expect(session.driver.observe(key)?.running).toEqual(running);
    },
    ROW_TIMEOUT,
  );

  it(
    'of a VM that can not be moved is refused in the words of KubeVirt',
    async () => {
      const order = session.bench.order();
      session.fail(order.key, { notMigratable: 'cannot migrate VMI: PVC root is not shared' });
      const { key } = await session.boot(order);
      const why = await untilSeen(
        session.driver,
        key,
        'it says why',
        ({ running }) => running?.notMigratable,
      );
      expect(why.message).toBe('cannot migrate VMI: PVC root is not shared');
      expect(await session.driver.migrate(migrationOf(key))).toMatchObject({
        kind: 'Rejected',
        message: expect.stringContaining('PVC root is not shared'),
      });
    },
    ROW_TIMEOUT,
  );
});

describe('in all of this', () => {
  it('nothing was asked that the watches tell', () => {
    expect(session.bench.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });
});
