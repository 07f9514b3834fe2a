import type { DriverCapabilities } from '../capabilities.ts';
import type { ObservedVm } from '../observed.ts';

/** A VM whose name no Instance has. */
interface Leftover {
  readonly vm: ObservedVm | undefined;
  /** Name of the Instance that the VM belongs to; `undefined`: it belongs to none that is there. */
  readonly vmOwner: string | undefined;
  readonly capabilities: DriverCapabilities;
}

/**
 * Whether the VM that is left of an Instance is to be removed: only one that was made for an Instance that is gone and
 * that was to go with it, and only where the backend does not see to that by itself.
 */
export function isToBeRemoved({ vm, vmOwner, capabilities }: Leftover): boolean {
  if (vm === undefined || vmOwner !== undefined || capabilities.followsOwnerReferences) return false;
  return vm.ownership.kind === 'Instance' && vm.ownership.deletionPolicy === 'Delete';
}
