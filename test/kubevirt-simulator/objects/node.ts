import type { View } from '../engine/view.ts';
import { hasCondition } from './conditions.ts';

/** Whether what stands on the node can't be heard, nor hear: it is unreachable, or its Node object is deleted. */
export function isNodeLost(view: View, name: string): boolean {
  const node = view.get('Node', name);
  return node === undefined || hasCondition(node.status, 'Ready', { status: 'Unknown' });
}
