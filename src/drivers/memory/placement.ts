import type { ObservedNode } from '../../domain/observed.ts';

/** What a VM asks of its node. */
export interface PlacementRequest {
  /** All of them must be on the node, with these values. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** This node and no other. */
  readonly only?: string | undefined;
  /** Any node but this one. */
  readonly except?: string | undefined;
}

/**
 * The node for a VM: Ready, not cordoned, with the labels asked for; of those the one with the fewest VMs, then the
 * first by name, so that the same cluster gives the same answer.
 */
export function placeOn(
  nodes: readonly ObservedNode[],
  { labels, only, except }: PlacementRequest,
  load: (node: string) => number,
): string | undefined {
  const fitting = nodes
    .filter(({ ready, cordoned }) => ready && !cordoned)
    .filter(({ name }) => name !== except && (only === undefined || name === only))
    .filter((node) => labels.every((wanted) => hasLabels(node, wanted)))
    .map(({ name }) => ({ name, load: load(name) }));
  fitting.sort((a, b) => a.load - b.load || (a.name < b.name ? -1 : 1));
  return fitting[0]?.name;
}

function hasLabels(node: ObservedNode, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([label, value]) => node.labels[label] === value);
}
