import { jsonEqual } from '../../kube/json-equal.ts';
import type { VmOrder } from '../driver.ts';
import { bootOf, powerOf } from './observe.ts';
import type { VirtualMachine, VirtualMachineInstance } from './resources.ts';

/**
 * KubeVirt counts an instance that ended before it ran as a failed start, also where we have ended it, and starts the next
 * one after a pause that grows to five minutes; `restart` is refused meanwhile. It counts nothing, and forgets what it has
 * counted, for a VM that is halted. So where a start failed or is stuck, an order for another boot is stored halted first
 * (Halt), and runs when everything of the failed start is gone (Wait until then).
 */
export function stepOverStartPause(
  { power, vm: { boot } }: VmOrder,
  stored: VirtualMachine | undefined,
  instance: VirtualMachineInstance | undefined,
): 'None' | 'Halt' | 'Wait' {
  if (stored === undefined || power === 'Off' || !isStuck(stored, instance)) return 'None';
  if (powerOf(stored, instance) === 'Off') return 'Wait';
  return jsonEqual(bootOf(stored.spec.template.metadata?.annotations), boot) ? 'None' : 'Halt';
}

/** The last start has failed, or is one that would be counted as failed if it were ended now. */
function isStuck({ status }: VirtualMachine, instance: VirtualMachineInstance | undefined): boolean {
  return instance === undefined ? status?.startFailure != null : instance.status?.hasRun !== true;
}
