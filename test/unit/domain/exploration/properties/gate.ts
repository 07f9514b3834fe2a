import { seen } from '../world/stale.ts';
import type { Property } from './property.ts';

/**
 * Section 3, where admission was passed by: a rescued VM is never sent from a node that can't as far as is seen, nor
 * without the label that the scheduler asks of its destination.
 */
export const GATE: readonly Property[] = [
  function sendsOnlyWhereItMay(before, { order }) {
    const { guest, incapable } = seen(before);
    if (order?.kind !== 'Migrate' || guest?.boot.mode !== 'Rescue') return undefined;
    if (incapable.includes(guest.node)) return 'a rescued VM is sent from a node that can not';
    return order.labelled ? undefined : 'a rescued VM is sent to wherever';
  },
];
