import { describe, expect, it } from '@jest/globals';
import type { ObservedNode } from '../../../../src/domain/observed.ts';
import type { MigrationOrder, VmKey, VmOrder } from '../../../../src/drivers/driver.ts';
import { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { DEFAULT_DELAYS } from '../../../../src/drivers/memory/settings.ts';
import { aNode } from '../../../builders/nodes.ts';
import { aRenderedVm, aRescueSpec, aSpec, aVmOrder } from '../../../builders/vm.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { vmListener } from '../../../builders/driver-listener.ts';

const { boot, stop, prepare, transfer, complete, abort, retry, unschedulable, slowFactor } = DEFAULT_DELAYS;
const THREE = ['node-a', 'node-b', 'node-c'].map((name) => aNode(name));

interface Stage {
  readonly driver: MemoryDriver;
  readonly clock: FakeClock;
  /** Keys of VMs in the order in which the driver told of them. */
  readonly told: string[];
  /** The nodes as they are; may be changed. */
  nodes: readonly ObservedNode[];
  readonly end: AbortController;
}

async function aStage(nodes: readonly ObservedNode[] = THREE): Promise<Stage> {
  const clock = new FakeClock();
  const end = new AbortController();
  const told: string[] = [];
  const driver: MemoryDriver = new MemoryDriver({ clock, nodes: () => stage.nodes });
  const stage: Stage = { driver, clock, told, nodes, end };
  await driver.start(
    vmListener(({ name }) => told.push(name)),
    end.signal,
  );
  return stage;
}

async function aBootedStage(name = 'web-1'): Promise<Stage & { order: VmOrder }> {
  const stage = await aStage();
  const order = aVmOrder(name);
  await stage.driver.define(order);
  await stage.clock.advance(boot);
  return { ...stage, order };
}

function aMigration(key: VmKey, fields: Partial<MigrationOrder> = {}): MigrationOrder {
  return {
    key,
    migrationUid: 'lm-1',
    migrationName: 'away',
    destinationNode: undefined,
    destinationLabels: {},
    policy: undefined,
    ...fields,
  };
}

describe('a VM in memory', () => {
  it('boots after a delay, on the node with the fewest VMs', async () => {
    const { driver, clock, order } = await aBootedStage();
    const second = aVmOrder('web-2');
    await driver.define(second);
    expect(driver.observe(second.key)?.running).toMatchObject({ phase: 'Starting', node: 'node-b' });
    await clock.advance(boot - 1);
    expect(driver.observe(second.key)?.running?.phase).toBe('Starting');
    await clock.advance(1);
    expect(driver.observe(second.key)?.running?.phase).toBe('Running');
    expect(driver.observe(order.key)?.running?.node).toBe('node-a');
  });

  it('tells of each change', async () => {
    const { told, driver, clock, order } = await aBootedStage();
    const before = told.length;
    await driver.define({ ...order, power: 'Off' });
    await clock.advance(stop);
    expect(told.length).toBeGreaterThanOrEqual(before + 2);
    expect(new Set(told)).toEqual(new Set(['web-1']));
  });

  it('waits for a node, and says so', async () => {
    const stage = await aStage([]);
    const order = aVmOrder('web-1');
    await stage.driver.define(order);
    expect(stage.driver.observe(order.key)).toMatchObject({
      running: undefined,
      trouble: { reason: 'Unschedulable' },
    });
    stage.nodes = [aNode('node-x')];
    await stage.clock.advance(retry);
    expect(stage.driver.observe(order.key)).toMatchObject({
      running: { node: 'node-x' },
      trouble: undefined,
    });
  });

  it('needs the labels of its node selector', async () => {
    const { driver } = await aStage([aNode('node-a'), aNode('node-b', { labels: { zone: 'b' } })]);
    const vm = aRenderedVm(aSpec({ placement: { nodeSelector: { zone: 'b' } } }));
    const order = aVmOrder('web-1', { vm });
    await driver.define(order);
    expect(driver.observe(order.key)?.running?.node).toBe('node-b');
  });

  it('is tried again for ever when its boot fails', async () => {
    const { driver, clock, order } = await aBootedStage('web-boot-fails');
    expect(driver.observe(order.key)).toMatchObject({
      running: undefined,
      trouble: { reason: 'BootFailed' },
    });
    await clock.advance(retry);
    expect(driver.observe(order.key)).toMatchObject({ running: { phase: 'Starting' }, trouble: undefined });
    await clock.advance(boot);
    expect(driver.observe(order.key)?.trouble?.reason).toBe('BootFailed');
  });

  it('boots normally, and never for rescue, when its name says so', async () => {
    const { driver, clock, order } = await aBootedStage('web-rescue-fails');
    const bootId = driver.observe(order.key)?.running?.bootId ?? '';
    await driver.define({ ...order, vm: aRenderedVm(aRescueSpec()) });
    await driver.restart(order.key, bootId);
    await clock.advance(stop + boot);
    expect(driver.observe(order.key)?.trouble?.reason).toBe('BootFailed');
    await driver.define(order);
    await clock.advance(boot);
    expect(driver.observe(order.key)).toMatchObject({ running: { phase: 'Running' }, trouble: undefined });
  });

  it('that is powered on again while it stops, boots after that', async () => {
    const { driver, clock, order } = await aBootedStage();
    const before = driver.observe(order.key)?.running?.bootId;
    await driver.define({ ...order, power: 'Off' });
    await driver.define(order);
    expect(driver.observe(order.key)?.running?.phase).toBe('Stopping');
    await clock.advance(stop + boot);
    expect(driver.observe(order.key)?.running).toMatchObject({ phase: 'Running' });
    expect(driver.observe(order.key)?.running?.bootId).not.toBe(before);
  });

  it('can not be stopped or restarted while it migrates', async () => {
    const { driver, order } = await aBootedStage();
    const { bootId } = driver.observe(order.key)?.running ?? { bootId: '' };
    await driver.migrate(aMigration(order.key));
    expect(await driver.restart(order.key, bootId)).toMatchObject({ kind: 'Busy' });
    expect(await driver.define({ ...order, power: 'Off' })).toMatchObject({ kind: 'Busy' });
    expect(driver.observe(order.key)?.running?.phase).toBe('Running');
  });

  it('leaves no timer behind when it is removed, and when the driver is stopped', async () => {
    const { driver, clock, order, end } = await aBootedStage();
    await driver.migrate(aMigration(order.key));
    await driver.remove(order.key);
    expect(clock.pending).toBe(0);
    await driver.define(order);
    expect(clock.pending).toBe(1);
    end.abort();
    expect(clock.pending).toBe(0);
    await driver.define(aVmOrder('web-2'));
    expect(clock.pending).toBe(0);
  });
});

describe('a migration in memory', () => {
  it('goes through its phases with figures that add up', async () => {
    const { driver, clock, order } = await aBootedStage();
    const migration = aMigration(order.key);
    await driver.migrate(migration);
    const look = () => driver.observeMigration(order.key, 'lm-1');
    expect(look()).toMatchObject({ phase: 'Queued', progress: undefined });
    await clock.advance(0);
    expect(look()).toMatchObject({ phase: 'Preparing', source: 'node-a', destination: 'node-b' });
    await clock.advance(prepare);
    expect(look()).toMatchObject({ phase: 'Running', progress: { percent: 0 } });
    await clock.advance(transfer / 2);
    const total = 1_073_741_824;
    expect(look()?.progress).toEqual({
      percent: 50,
      memoryTotalBytes: total,
      memoryProcessedBytes: total / 2,
      memoryRemainingBytes: total / 2,
    });
    await clock.advance(transfer / 2);
    expect(look()).toMatchObject({
      phase: 'Completing',
      progress: { percent: 100, memoryRemainingBytes: 0 },
    });
    await clock.advance(complete);
    const { startedAt = '', endedAt = '', ...rest } = look() ?? {};
    expect(rest).toMatchObject({ phase: 'Succeeded', trouble: undefined });
    expect(Date.parse(endedAt) - Date.parse(startedAt)).toBe(transfer + complete);
  });

  it.each([
    { name: 'a bandwidth that is lower makes it longer', bandwidth: '64Mi', want: 16_000 },
    { name: 'a bandwidth that is higher makes it no shorter', bandwidth: '100Gi', want: transfer },
  ])('$name', async ({ bandwidth, want }) => {
    const { driver, clock, order } = await aBootedStage();
    await driver.migrate(aMigration(order.key, { policy: { onTimeout: 'Abort', bandwidth } }));
    await clock.advance(prepare + want - 1);
    expect(driver.observeMigration(order.key, 'lm-1')?.phase).toBe('Running');
    await clock.advance(1);
    expect(driver.observeMigration(order.key, 'lm-1')?.phase).toBe('Completing');
  });

  it('of a slow one takes many times longer', async () => {
    const { driver, clock, order } = await aBootedStage('web-slow');
    await driver.migrate(aMigration(order.key));
    await clock.advance(prepare + transfer * (slowFactor - 1));
    expect(driver.observeMigration(order.key, 'lm-1')?.phase).toBe('Running');
    await clock.advance(transfer + complete);
    expect(driver.observeMigration(order.key, 'lm-1')?.phase).toBe('Succeeded');
  });

  it('fails half-way when its name says so', async () => {
    const { driver, clock, order } = await aBootedStage('web-migration-fails');
    await driver.migrate(aMigration(order.key));
    await clock.advance(prepare + transfer / 2);
    expect(driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: 'Failed',
      progress: { percent: 50 },
      trouble: { reason: 'TransferFailed' },
    });
    expect(driver.observe(order.key)?.running).toMatchObject({ node: 'node-a', phase: 'Running' });
  });

  it('waits for a destination, and fails when none comes in time', async () => {
    const { driver, clock, order } = await aBootedStage();
    await driver.migrate(aMigration(order.key, { destinationLabels: { capable: 'true' } }));
    await clock.advance(unschedulable - retry);
    expect(driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: 'Queued',
      trouble: { reason: 'Unschedulable' },
    });
    await clock.advance(retry);
    expect(driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: 'Failed',
      trouble: { reason: 'Unschedulable' },
    });
  });

  it('waits for a guest that is being booted, wherever that is', async () => {
    const stage = await aStage();
    const order = aVmOrder('web-1');
    await stage.driver.define(order);
    await stage.driver.migrate(aMigration(order.key));
    await stage.clock.advance(boot - 1);
    expect(stage.driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: 'Queued',
      trouble: { reason: 'NotRunning' },
    });
    await stage.clock.advance(retry);
    expect(stage.driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: 'Preparing',
      source: 'node-a',
    });
  });

  it.each([
    { when: 'in the transfer', after: prepare + transfer / 2, want: 'Failed' },
    { when: 'in the preparation', after: 0, want: 'Failed' },
    { when: 'in the last moments, which is too late', after: prepare + transfer, want: 'Succeeded' },
  ])('is aborted $when', async ({ after, want }) => {
    const { driver, clock, order } = await aBootedStage();
    await driver.migrate(aMigration(order.key));
    await clock.advance(after);
    await driver.abortMigration(order.key, 'lm-1');
    expect(driver.observeMigration(order.key, 'lm-1')?.aborting).toBe(true);
    await clock.advance(Math.max(abort, complete));
    expect(driver.observeMigration(order.key, 'lm-1')).toMatchObject({
      phase: want,
      aborting: want === 'Failed',
    });
  });

  it('of a VM that can not be moved is refused', async () => {
    const { driver, order } = await aBootedStage('web-not-migratable');
    expect(driver.observe(order.key)?.running?.notMigratable).toMatchObject({ reason: 'NotMigratable' });
    expect(await driver.migrate(aMigration(order.key))).toMatchObject({ kind: 'Rejected' });
  });

  it('of a VM that is off is refused', async () => {
    const { driver } = await aStage();
    const order = aVmOrder('web-1', { power: 'Off' });
    await driver.define(order);
    expect(await driver.migrate(aMigration(order.key))).toMatchObject({ kind: 'Rejected' });
  });
});
