import { seen } from '../world/stale.ts';
import type { Property } from './property.ts';

/** Rule 9: the VM of an Instance that is deleted goes by its owner reference, and nothing is ordered. */
export const DELETION: readonly Property[] = [
  function ordersNothingForTheDeleted(before, { order }) {
    const { instance } = seen(before);
    if (order === undefined || order.kind === 'Abort') return undefined;
    return instance?.deleting === false
      ? undefined
      : `${order.kind} is ordered for an Instance that is deleted`;
  },
];
