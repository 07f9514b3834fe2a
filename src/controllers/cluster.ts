import { observeNode } from '../domain/node/observe.ts';
import type { ObservedNode } from '../domain/observed.ts';
import { hasInstance, type World } from './world.ts';

/** What drivers see of the cluster. */
interface Cluster {
  nodes(): ObservedNode[];
  node(name: string): ObservedNode | undefined;
  /** Whether there is an Instance of that uid. */
  hasInstance(uid: string): boolean;
}

export function clusterOf(seen: Pick<World, 'nodes' | 'instances' | 'unreadable'>): Cluster {
  return {
    nodes: () => seen.nodes.list().map(observeNode),
    node: (name) => {
      const node = seen.nodes.get(name);
      return node && observeNode(node);
    },
    hasInstance: (uid) => hasInstance(seen, uid),
  };
}
