import type { VmKey } from '../../../src/drivers/driver.ts';
import { describeDriver } from '../../contract/driver-contract.ts';
import type { DriverHarness, GuestView, Scenario } from '../../contract/driver-harness.ts';
import type { InstanceFailures } from '../../kubevirt-simulator/faults.ts';
import { aRescueSystem, DEADLINE, KubeVirtBench, NODES, SPEC } from './bench.ts';

const HOURS = 36_000_000;

const FAILURES: Readonly<Record<Scenario, InstanceFailures>> = {
  Plain: {},
  LongMigration: { delays: { migrationMs: HOURS } },
  MigrationFails: { migrationFails: 'virError(Code=9)' },
  AbortTooLate: { abortFails: true },
  BootFails: { doesNotBoot: true },
};

async function kubeVirtHarness(): Promise<DriverHarness> {
  const bench = await KubeVirtBench.start();
  const driver = bench.newDriver();
  return {
    driver,
    spec: () => SPEC,
    rescue: () => aRescueSystem(),
    nodes: NODES,
    deadlineMs: DEADLINE,
    key(scenario) {
      const key = bench.key();
      bench.simulator.fail(`${key.namespace}/${key.name}`, FAILURES[scenario]);
      return key;
    },
    labelNode: (node, label, value) => bench.simulator.nodes.setLabels(node, { [label]: value }),
    makeForeignVm: (key) => bench.makeForeignVm(driver, key),
    async changeCores(key) {
      const template = { spec: { domain: { cpu: { cores: 7 } } } };
      await bench.vms().mergePatch(key, { spec: { template } });
    },
    guest: (key) => guestOf(bench, key),
    stop: () => bench.stop(),
  };
}

interface InstanceSpec {
  readonly domain: {
    readonly firmware: { readonly uuid: string; readonly serial: string };
    readonly devices: {
      readonly disks: readonly { readonly name: string; readonly serial: string }[];
      readonly interfaces: readonly { readonly macAddress: string }[];
    };
  };
}

/** No guest runs in the simulator: what virt-handler would build the machine from. */
async function guestOf(bench: KubeVirtBench, key: VmKey): Promise<GuestView | undefined> {
  const { items } = await bench.instances().list({ namespace: key.namespace });
  const instance = items.find(
    ({ metadata, status }) => metadata.name === key.name && status?.['phase'] === 'Running',
  );
  if (instance === undefined) return undefined;
  const { firmware, devices } = (instance.spec as unknown as InstanceSpec).domain;
  return {
    firmwareUUID: firmware.uuid,
    serial: firmware.serial,
    macAddresses: devices.interfaces.map(({ macAddress }) => macAddress),
    disks: devices.disks.map(({ name, serial }) => ({ name, serial })),
  };
}

describeDriver('kubevirt', kubeVirtHarness);
