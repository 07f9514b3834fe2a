import type { Facet } from '../intent.ts';
import { nodeLossOf } from '../node-loss.ts';

/**
 * A guest on a node that is not heard of may still run there: booting it elsewhere could have two of it write one disk.
 * Whatever the spec wants waits until the node is back, or an admin says that it is fenced.
 */
export const nodeLost: Facet = (observation) =>
  nodeLossOf(observation)?.fenced === false
    ? { kind: 'Yield', because: 'the node of the VM is not heard of' }
    : undefined;
