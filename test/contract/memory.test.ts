import { MemoryDriver } from '../../src/drivers/memory/memory-driver.ts';
import type { MemoryClock, MemoryPlacement } from '../../src/drivers/memory/settings.ts';
import { aDisk, aRescue } from '../builders/instance.ts';
import { aNode } from '../builders/nodes.ts';
import { aRenderedVm, aSpec } from '../builders/vm.ts';
import { Rescue } from '../../src/api/rescue.ts';
import type { VmKey } from '../../src/drivers/driver.ts';
import { describeDriver } from './driver-contract.ts';
import type { DriverHarness, GuestView, Scenario } from './driver-harness.ts';

const SUFFIXES: Readonly<Record<Scenario, string>> = {
  Plain: '',
  LongMigration: '-slow',
  MigrationFails: '-migration-fails',
  AbortTooLate: '-abort-too-late',
  BootFails: '-boot-fails',
};

const clock: MemoryClock = {
  now: () => Date.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** In real time, in milliseconds: a boot is over before a fence, a slow transfer is not over in hours. */
const DELAYS = {
  boot: 3,
  stop: 2,
  prepare: 2,
  transfer: 20,
  complete: 2,
  abort: 2,
  retry: 3,
  slowFactor: 1e6,
};

function memoryHarness(placement: MemoryPlacement): Promise<DriverHarness> {
  const nodes = ['node-a', 'node-b', 'node-c'];
  const labels = new Map<string, Record<string, string>>();
  const driver = new MemoryDriver({
    clock,
    placement,
    delays: DELAYS,
    nodes: () => nodes.map((name) => aNode(name, { labels: labels.get(name) ?? {} })),
  });
  let names = 0;
  const spec = aSpec({
    disks: [
      aDisk(),
      aDisk({ name: 'seed', source: { cloudInit: { secretName: 'userdata' } } }),
      aDisk({ name: 'data', source: { volume: { pool: 'default', name: 'data' } } }),
    ],
  });
  return Promise.resolve({
    driver,
    spec: () => spec,
    rescue: () => Rescue.parse(aRescue()),
    nodes,
    deadlineMs: 5_000,
    key: (scenario) => ({ namespace: 'default', name: `vm-${(names += 1)}${SUFFIXES[scenario]}` }),
    labelNode(node, label, value) {
      labels.set(node, { ...labels.get(node), [label]: value });
      return Promise.resolve();
    },
    async makeForeignVm(key) {
      const instanceUid = 'somebody-else';
      const vm = aRenderedVm();
      const [node = ''] = nodes;
      await driver.define({ key, instanceUid, vm, power: 'On', deletionPolicy: 'Delete', node });
    },
    changeCores(key) {
      driver.tamper(key, 'cores');
      return Promise.resolve();
    },
    guest: (key) => Promise.resolve(guestOf(driver, key)),
    stop: () => Promise.resolve(),
  });
}

function guestOf(driver: MemoryDriver, key: VmKey): GuestView | undefined {
  const vm = driver.bootedVm(key);
  if (vm?.hardware.kind !== 'Portable') return undefined;
  return {
    firmwareUUID: vm.identity.firmwareUUID,
    serial: vm.identity.serial,
    macAddresses: vm.hardware.networks.map(({ macAddress }) => macAddress),
    disks: vm.hardware.disks.map(({ name, serial }) => ({ name, serial })),
  };
}

describeDriver('memory', () => memoryHarness('ByBackend'));
describeDriver('memory, with the nodes named', () => memoryHarness('ByScheduler'), 'ByOrder');
