import type { DriverName } from '../api/instance.ts';
import { VM_HOST_LABEL } from '../api/names.ts';

/** On a Node: `"false"` where virt-handler is shutting down, or is not ready for VMs. KubeVirt asks for it in each of its pods. */
export const KUBEVIRT_SCHEDULABLE_LABEL = 'kubevirt.io/schedulable';

/** Beside what an Instance and its state ask for: who places the VMs of a driver asks for these. */
const HOST_LABELS: Readonly<Record<DriverName, Readonly<Record<string, string>>>> = {
  kubevirt: { [KUBEVIRT_SCHEDULABLE_LABEL]: 'true' },
  libvirt: { [VM_HOST_LABEL]: 'true' },
  memory: {},
};

/** Labels without which no VM of a driver is placed on a node. */
export function hostLabels(driver: string): Readonly<Record<string, string>> {
  return isDriverName(driver) ? HOST_LABELS[driver] : {};
}

function isDriverName(driver: string): driver is DriverName {
  return Object.hasOwn(HOST_LABELS, driver);
}
