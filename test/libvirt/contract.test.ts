import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESCUE_DISK } from '../../src/api/names.ts';
import { diskSerial } from '../../src/domain/identity.ts';
import type { Driver, VmKey } from '../../src/drivers/driver.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { describeDriver } from '../contract/driver-contract.ts';
import type { DriverHarness, GuestView, Scenario } from '../contract/driver-harness.ts';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE, LibvirtBench } from './bench.ts';
import { FaultyHosts } from './faulty-hosts.ts';

async function libvirtHarness(): Promise<DriverHarness> {
  const bench = await LibvirtBench.start(3);
  const faults = new FaultyHosts(bench);
  const driver = withDisks(
    bench.newDriver((virsh) => faults.between(virsh)),
    faults,
  );
  return {
    driver,
    spec: (key) => bench.spec(key),
    rescue: (key) => bench.rescue(key),
    nodes: bench.nodes,
    deadlineMs: DEADLINE,
    key(scenario: Scenario) {
      const key = bench.key();
      faults.arrange(key, scenario);
      return key;
    },
    async makeForeignVm(key) {
      const path = join(bench.stage.folder, `${key.name}.xml`);
      await writeFile(path, foreignDomain(key));
      await bench.stage.hosts[0]?.virsh('define', path);
      await waitFor('the driver sees the domain', () => driver.observe(key));
    },
    async changeCores(key) {
      const node = driver.observe(key)?.running?.node;
      const host = bench.stage.hosts.find(({ name }) => name === node);
      await host?.virsh('setvcpus', domainName(key), '7', '--maximum', '--config');
    },
    guest: (key) => guestOf(bench, driver, key),
    stop: () => bench.stop(),
  };
}

/** Disks are there before a VM that uses them: nobody orders them of a driver. */
function withDisks(driver: Driver, faults: FaultyHosts): Driver {
  const define = driver.define.bind(driver);
  driver.define = async (order) => {
    await faults.provideDisks(order.key);
    return define(order);
  };
  return driver;
}

function foreignDomain(key: VmKey): string {
  return `<domain type='qemu'>
    <name>${domainName(key)}</name>
    <memory unit='MiB'>64</memory>
    <os><type arch='x86_64' machine='q35'>hvm</type></os>
  </domain>`;
}

/** The guest is the witness: of its disks it tells the serials, in its own order. */
async function guestOf(bench: LibvirtBench, driver: Driver, key: VmKey): Promise<GuestView | undefined> {
  const vm = driver.observe(key);
  if (vm?.running === undefined || vm.identity === undefined) return undefined;
  const { identity } = vm;
  const names = ['root', 'data', RESCUE_DISK];
  const { uuid, serial, macs, disks } = await bench.guest(key);
  return {
    firmwareUUID: uuid,
    serial,
    macAddresses: macs,
    disks: disks.map((disk) => ({
      name: names.find((name) => diskSerial(identity, name) === disk.serial) ?? disk.name,
      serial: disk.serial,
    })),
  };
}

describeOnHosts('on real hosts', () => {
  describeDriver('libvirt', libvirtHarness, 'ByOrder');
});
