import { seen } from '../world/stale.ts';
import { isOwn, type Parts } from '../world/world.ts';
import type { Property } from './property.ts';

/** Rule 8: what is not ours is never touched. (What was deleted comes back as it was: rendering.ts and converged.ts.) */
export const OWNERSHIP: readonly Property[] = [
  function tellsNothingToForeignVms(before, { order }) {
    const view = seen(before);
    if (order === undefined || order.kind === 'Abort' || view.vm === undefined || isOwn(view))
      return undefined;
    if (order.kind === 'Claim' && mayBeTakenOver(view)) return undefined;
    return `a VM that is not ours is told to ${order.kind}`;
  },

  /** Also where it was not seen that the VM is another one now. */
  function changesNoForeignVm(before, { order, next }) {
    const { vm, guest } = before;
    if (order === undefined || vm === undefined || isOwn(before)) return undefined;
    if (order.kind === 'Claim' && mayBeTakenOver(seen(before))) return undefined;
    return next.vm === vm && next.guest === guest ? undefined : `${order.kind} changes a VM that is not ours`;
  },
];

/** It was retained by an Instance that is gone, or was made by somebody else and is to be adopted. */
function mayBeTakenOver({ vm, instance }: Parts): boolean {
  return vm?.owner === undefined ? instance?.adopts === true : vm.policy === 'Retain';
}
