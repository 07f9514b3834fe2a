import { isUnknown } from '../world/losses.ts';
import { seen } from '../world/stale.ts';
import type { Property } from './property.ts';

/**
 * Rule 4 where a node is lost: a guest that may still run there is told nothing, so that nothing is begun from which it
 * would run in two places. (Who is in two places then: two VMs that write to one disk.)
 */
export const LOST_NODES: readonly Property[] = [
  function tellsNothingToTheUnknown(before, { order }) {
    if (order === undefined || order.kind === 'Abort' || order.kind === 'Claim') return undefined;
    return isUnknown(seen(before))
      ? `${order.kind} is ordered for a VM whose node is not heard of`
      : undefined;
  },

  function showsThatNothingIsKnown(before, { writes, next }) {
    const { instance } = next;
    if (!writes || instance === undefined || instance.deleting || instance === before.instance)
      return undefined;
    // What is sent again was so when it was decided.
    if (before.unanswered.some(({ part }) => part === 'instance')) return undefined;
    const state = instance.status?.state;
    return isUnknown(seen(before)) && state !== 'Unknown'
      ? `an Instance whose node is not heard of is shown as ${state}`
      : undefined;
  },
];
