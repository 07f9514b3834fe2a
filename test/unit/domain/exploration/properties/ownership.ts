import { seen } from '../world/stale.ts';
import type { Property } from './property.ts';

/** Rule 8: what is not ours is never touched. (What was deleted comes back as it was: rendering.ts and converged.ts.) */
export const OWNERSHIP: readonly Property[] = [
  function tellsNothingToForeignVms(before, { order }) {
    if (order === undefined || order.kind === 'Abort' || seen(before).vm?.owner !== 'Foreign')
      return undefined;
    return `a VM that is not ours is told to ${order.kind}`;
  },

  /** Also where it was not seen that the VM is another one now. */
  function changesNoForeignVm({ vm, guest }, { order, next }) {
    if (order === undefined || vm?.owner !== 'Foreign') return undefined;
    return next.vm === vm && next.guest === guest ? undefined : `${order.kind} changes a VM that is not ours`;
  },
];
