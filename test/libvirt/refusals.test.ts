import { expect, it } from '@jest/globals';
import { decideCapability } from '../../src/domain/node/capability.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { LibvirtSettings } from '../../src/drivers/libvirt/settings.ts';
import { aNode } from '../builders/nodes.ts';
import { bootBeforeAll, describeOnBench } from './on-bench.ts';
import type { Operator } from './operator.ts';

describeOnBench('what can not be moved', 2, (theatre) => {
  const theVm = bootBeforeAll(theatre, 'normal');

  /** An operator whose configuration says that of the pool. */
  function withPool(pool: Partial<LibvirtSettings['pools'][string]>): Promise<Operator> {
    const { bench, begin } = theatre();
    const namespaces = [theVm().key.namespace];
    return begin(bench.settings({ pools: { [bench.stage.pool]: { namespaces, ...pool } } }));
  }

  it('writes to a disk that each host has for itself: nothing is begun, and the VM says why', async () => {
    const operator = await withPool({ local: true });
    const { key } = theVm();
    const order = operator.migration({ key });
    const why = `volume "${key.name}-root.img" is in storage pool "shared", which each node has for itself, and storage is not copied`;
    expect(operator.running(key)?.notMigratable).toEqual({ reason: 'LocalStorage', message: why });
    expect(await operator.driver.migrate(order)).toEqual({
      kind: 'Rejected',
      message: `VM team-a/${key.name}: ${why}.`,
    });
    expect(operator.driver.observeMigration(key, order.migrationUid)).toBeUndefined();
  });

  it('is on disks of which nobody says that the hosts share them: libvirt refuses, in its words', async () => {
    const operator = await withPool({});
    const { key } = theVm();
    const before = operator.running(key);
    const order = operator.migration({ key });
    expect(await operator.driver.migrate(order)).toEqual(ACCEPTED);
    expect(await operator.endOf(order)).toMatchObject({
      phase: 'Failed',
      trouble: {
        reason: 'MigrationFailed',
        message: 'Migration: libvirt says: Unsafe migration: Migration without shared storage is unsafe',
      },
    });
    expect(operator.running(key)).toEqual(before);
  });

  it('is to be sent more slowly than libvirt can count', async () => {
    const operator = await theatre().begin();
    const order = operator.migration(theVm(), { bandwidth: '100k' });
    expect(await operator.driver.migrate(order)).toEqual({
      kind: 'Unsupported',
      message: "The driver libvirt can't honour spec.policy.bandwidth 100k: the least is 1Mi.",
    });
  });

  it.each([
    { older: 'source', minimum: { source: 'v99.0.0', destination: 'v9.0.0' } },
    { older: 'destination', minimum: { source: 'v9.0.0', destination: 'v99.0.0' } },
  ] as const)('is on a host that is too old for a $older', async ({ older, minimum }) => {
    const { driver } = await theatre().begin();
    const [node = ''] = theatre().bench.nodes;
    const hypervisor = driver.observeNode(node);
    const { verdicts } = decideCapability(
      { node: aNode(node), hypervisor, minimum, placement: 'ByScheduler' },
      Date.now(),
    );
    const other = older === 'source' ? 'destination' : 'source';
    expect(verdicts[older]).toEqual({
      capable: false,
      reason: 'HypervisorTooOld',
      message: `its hypervisor is ${hypervisor?.version ?? ''}, older than v99.0.0`,
    });
    expect(verdicts[other]).toMatchObject({ capable: true, reason: 'HypervisorCapable' });
  });

  it('would go to a host whose QEMU does not have the board of our VMs', async () => {
    const { bench, begin } = theatre();
    const operator = await begin(bench.settings({ machineTypes: { q35: 'pc-q35-99.0' } }));
    const hypervisor = operator.driver.observeNode(bench.nodes[1] ?? '');
    expect(hypervisor).toMatchObject({ ready: true, accepting: false });
  });
});
