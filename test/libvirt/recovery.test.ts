import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import { renderVm } from '../../src/domain/vm.ts';
import type { Driver, MigrationOrder, VmKey } from '../../src/drivers/driver.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { vmListener } from '../builders/driver-listener.ts';
import { anIdentity } from '../builders/vm.ts';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE, LibvirtBench } from './bench.ts';

const TIMEOUT = 300_000;
/** Slow enough to be interrupted. */
const SLOWLY = { onTimeout: 'Abort', bandwidth: '2Mi' } as const;

describeOnHosts('what is interrupted is seen to its end by who comes next', () => {
  const held: { bench?: LibvirtBench } = {};
  const ends: AbortController[] = [];

  beforeAll(async () => {
    held.bench = await LibvirtBench.start(2);
  }, TIMEOUT);

  afterEach(() => {
    for (const end of ends.splice(0)) end.abort();
  });

  afterAll(async () => {
    await held.bench?.stop();
  }, TIMEOUT);

  const theBench = (): LibvirtBench => {
    if (held.bench === undefined) throw new Error('the hosts did not start');
    return held.bench;
  };

  /** An operator that has just begun: it knows what it sees. */
  async function begin(): Promise<{ driver: Driver; end: AbortController }> {
    const end = new AbortController();
    ends.push(end);
    const driver = theBench().newDriver();
    await driver.start(
      vmListener(() => undefined),
      end.signal,
    );
    return { driver, end };
  }

  /** A guest that ticks on the first host. */
  async function boot(driver: Driver): Promise<VmKey> {
    const bench = theBench();
    const key = bench.key();
    await bench.createDisks(key);
    const spec = bench.spec(key);
    const identity = anIdentity(spec, crypto.randomUUID());
    const vm = renderVm(spec, identity, undefined);
    const node = bench.nodes[0] ?? '';
    const order = {
      key,
      instanceUid: identity.firmwareUUID,
      vm,
      power: 'On',
      deletionPolicy: 'Delete',
      node,
    } as const;
    expect(await driver.define(order)).toEqual(ACCEPTED);
    await waitFor('the guest runs', () => driver.observe(key)?.running?.phase === 'Running', {
      timeoutMs: DEADLINE,
    });
    await bench.guest(key);
    return key;
  }

  async function sendAway(driver: Driver, key: VmKey): Promise<MigrationOrder> {
    const order: MigrationOrder = {
      key,
      migrationUid: crypto.randomUUID(),
      migrationName: 'away',
      destinationNode: theBench().nodes[1],
      destinationLabels: {},
      policy: SLOWLY,
    };
    expect(await driver.migrate(order)).toEqual(ACCEPTED);
    await waitFor('the transfer', () => phaseOf(driver, order) === 'Running', { timeoutMs: DEADLINE });
    return order;
  }

  function phaseOf(driver: Driver, { key, migrationUid }: MigrationOrder): string | undefined {
    return driver.observeMigration(key, migrationUid)?.phase;
  }

  it(
    'an operator that dies during a transfer: the next one sees it go on, and says how it has ended',
    async () => {
      const first = await begin();
      const key = await boot(first.driver);
      const before = first.driver.observe(key)?.running;
      const { bootId } = await theBench().guest(key);
      const order = await sendAway(first.driver, key);
      first.end.abort();
      const { driver } = await begin();
      expect(driver.observeMigration(key, order.migrationUid)).toMatchObject({
        phase: 'Running',
        aborting: false,
      });
      expect(await driver.migrate(order)).toEqual(ACCEPTED);
      await waitFor('its end', () => phaseOf(driver, order) === 'Succeeded', { timeoutMs: DEADLINE });
      expect(driver.observe(key)?.running).toEqual({ ...before, node: order.destinationNode });
      expect(await theBench().guest(key)).toMatchObject({ bootId });
      expect(await driver.remove(key)).toEqual(ACCEPTED);
    },
    TIMEOUT,
  );

  it(
    'an operator that dies during a transfer: the next one can abort it, and the guest stays where it was',
    async () => {
      const first = await begin();
      const key = await boot(first.driver);
      const before = first.driver.observe(key)?.running;
      const { bootId } = await theBench().guest(key);
      const order = await sendAway(first.driver, key);
      first.end.abort();
      const { driver } = await begin();
      expect(await driver.abortMigration(key, order.migrationUid)).toEqual(ACCEPTED);
      await waitFor('its end', () => phaseOf(driver, order) === 'Failed', { timeoutMs: DEADLINE });
      expect(driver.observeMigration(key, order.migrationUid)).toMatchObject({
        aborting: true,
        trouble: { reason: 'Aborted', message: 'The migration was aborted.' },
      });
      expect(driver.observe(key)?.running).toEqual(before);
      expect(await theBench().guest(key)).toMatchObject({ bootId });
      expect(await driver.remove(key)).toEqual(ACCEPTED);
    },
    TIMEOUT,
  );

  it(
    'a libvirtd that dies at the source during a transfer: the guest runs on one host, in the same boot',
    async () => {
      const bench = theBench();
      const { driver } = await begin();
      const key = await boot(driver);
      const { bootId } = await bench.guest(key);
      const order = await sendAway(driver, key);
      const [source] = bench.stage.hosts;
      await source?.stopDaemon('SIGKILL');
      await source?.startDaemon();
      await waitFor(
        'its end',
        () => driver.observeMigration(key, order.migrationUid)?.endedAt !== undefined,
        { timeoutMs: DEADLINE },
      );
      const on = await Promise.all(bench.stage.hosts.map((host) => host.virsh('list', '--name')));
      expect(on.filter((names) => names.includes(domainName(key)))).toHaveLength(1);
      expect(await bench.guest(key)).toMatchObject({ bootId });
      expect(driver.observe(key)?.running).toMatchObject({ phase: 'Running' });
      expect(await driver.remove(key)).toEqual(ACCEPTED);
    },
    TIMEOUT,
  );

  it(
    'a network that is cut: nothing is said of the guest but what was seen, and later what is',
    async () => {
      const bench = theBench();
      const { driver } = await begin();
      const key = await boot(driver);
      const before = driver.observe(key);
      const [source, destination] = bench.stage.hosts;
      await source?.cut();
      await waitFor('the host is missed', () => driver.observeNode(source?.name ?? '')?.ready === false, {
        timeoutMs: DEADLINE,
      });
      expect(driver.observe(key)).toEqual(before);
      expect(driver.observeNode(destination?.name ?? '')?.ready).toBe(true);
      const { bootId = '' } = before?.running ?? {};
      expect(await driver.restart(key, bootId)).toMatchObject({ kind: 'Unavailable' });
      await source?.heal();
      await waitFor('the host is heard of', () => driver.observeNode(source?.name ?? '')?.ready, {
        timeoutMs: DEADLINE,
      });
      expect(driver.observe(key)).toEqual(before);
      expect(await driver.remove(key)).toEqual(ACCEPTED);
    },
    TIMEOUT,
  );
});
