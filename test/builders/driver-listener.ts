import type { DriverListener, VmKey } from '../../src/drivers/driver.ts';

/** Who listens to VMs alone. */
export function vmListener(vmChanged: (key: VmKey) => void): DriverListener {
  return { vmChanged, hypervisorChanged: () => undefined };
}
