import { chance, fault, type Step } from '../world/step.ts';
import type { Losses, NodeName, World } from '../world/world.ts';

const NODES: readonly NodeName[] = ['node-a', 'node-b'];

/** A node is no longer heard of, comes back, or is given up by an admin who knows that it is off; one at a time. */
export function nodeSteps(world: World): Step[] {
  const gone = NODES.find((node) => world.lost[node] !== undefined);
  return gone === undefined ? NODES.flatMap((node) => silence(world, node)) : waysOut(world, gone);
}

function silence(world: World, node: NodeName): Step[] {
  return fault(`${node} is not heard of`, world, { lost: { [node]: 'Unreachable' } });
}

function waysOut(world: World, node: NodeName): Step[] {
  const to = (name: string, lost: Losses) => chance(`${name} ${node}`, { ...world, lost });
  // What runs on it is ended by its owner, whether it comes back or not: see guest-steps.ts.
  if (world.lost[node] !== 'Unreachable') return isEmpty(world, node) ? [to('a new node is called', {})] : [];
  return [
    to('the kubelet is back on', {}),
    to('admin taints out-of-service', { [node]: 'OutOfService' }),
    to('admin deletes', { [node]: 'Deleted' }),
  ];
}

function isEmpty({ guest }: World, node: NodeName): boolean {
  return guest?.node !== node;
}
