import type { Node } from '../api/node.ts';
import { decideCapability } from '../domain/node/capability.ts';
import { minimumFor } from '../domain/node/minimum.ts';
import { observeNode } from '../domain/node/observe.ts';
import { CAPABILITY_LABEL, NODE_ROLES, OVERRIDE_LABEL, type NodeRole } from '../domain/node/roles.ts';
import { observeHypervisor } from '../drivers/kubevirt/observe-hypervisor.ts';
import type { HandlerPod } from '../drivers/kubevirt/resources.ts';

/** What a node can do with a rescued VM, and why. */
export interface NodeReport {
  readonly name: string;
  /** As its labels say, by which the gate goes. */
  readonly source: boolean;
  readonly destination: boolean;
  readonly driver: string | undefined;
  readonly version: string | undefined;
  /** `source=false`, as an admin has said. */
  readonly overrides: readonly string[];
  readonly reason: string;
}

/** A way that a rescued VM can't go. */
export interface ClosedPair {
  readonly from: string;
  readonly to: string;
  /** `node-a can't send`, `node-b can't receive`. */
  readonly because: readonly string[];
}

/** Each node's capabilities. `handlers`: virt-handler's pods; `undefined`: who asks may not see them. Pure. */
export function reportNodes(
  nodes: readonly Node[],
  handlers: readonly HandlerPod[] | undefined,
  now: number,
): NodeReport[] {
  return nodes.map((node) => reportNode(node, handlers, now)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function reportNode(node: Node, handlers: readonly HandlerPod[] | undefined, now: number): NodeReport {
  const observed = observeNode(node);
  const { name, labels } = observed;
  const own = handlers?.filter(({ spec }) => spec.nodeName === name) ?? [];
  const hypervisor = observeHypervisor(observed, own);
  const can = (role: NodeRole) => labels[CAPABILITY_LABEL[role]] === 'true';
  const overrides = NODE_ROLES.flatMap((role) => {
    const value = labels[OVERRIDE_LABEL[role]];
    return value === undefined ? [] : [`${role}=${value}`];
  });
  const minimum = minimumFor('kubevirt', { source: undefined, destination: undefined });
  const { verdicts } = decideCapability({ node: observed, placement: 'ByBackend', hypervisor, minimum }, now);
  const told = NODE_ROLES.map((role) =>
    reasonFor(role, can(role), { ...verdicts[role], seen: hypervisor !== undefined }),
  );
  return {
    name,
    source: can('source'),
    destination: can('destination'),
    driver: hypervisor === undefined ? undefined : 'kubevirt',
    version: hypervisor?.version,
    overrides,
    reason: [...new Set(told)].join('; '),
  };
}

/** What is computed here need not be what the operator, which may be set otherwise, has written. */
function reasonFor(
  role: NodeRole,
  labelled: boolean,
  verdict: { readonly capable: boolean; readonly message: string; readonly seen: boolean },
): string {
  if (verdict.seen && verdict.capable === labelled) return verdict.message;
  return labelled ? `the operator has labelled it as ${role}` : `it has no label as ${role}`;
}

/** Which ways are closed to rescued VMs, as during an upgrade that goes node by node. Pure. */
export function closedPairs(nodes: readonly NodeReport[]): ClosedPair[] {
  return nodes.flatMap((from) =>
    nodes
      .filter((to) => to !== from && !(from.source && to.destination))
      .map((to) => ({
        from: from.name,
        to: to.name,
        because: [
          ...(from.source ? [] : [`${from.name} can't send`]),
          ...(to.destination ? [] : [`${to.name} can't receive`]),
        ],
      })),
  );
}

export const CAPABILITY_HEAD = ['NODE', 'SOURCE', 'DESTINATION', 'DRIVER', 'VERSION', 'OVERRIDE', 'REASON'];

export function rowOfNode({
  name,
  source,
  destination,
  driver,
  version,
  overrides,
  reason,
}: NodeReport): string[] {
  const word = (can: boolean) => (can ? 'yes' : 'no');
  return [
    name,
    word(source),
    word(destination),
    driver ?? '-',
    version ?? '-',
    overrides.join(',') || '-',
    reason,
  ];
}

/** The closed ways in few lines: by what closes them. Pure. */
export function closedText(nodes: readonly NodeReport[]): string[] {
  if (closedPairs(nodes).length === 0) return ['Rescued VMs can go from each of these nodes to each other.'];
  const named = (role: 'source' | 'destination') =>
    nodes
      .filter((node) => !node[role])
      .map(({ name }) => name)
      .join(', ');
  const [senders, receivers] = [named('source'), named('destination')];
  return [
    ...(senders === '' ? [] : [`No rescued VM can leave: ${senders}.`]),
    ...(receivers === '' ? [] : [`No rescued VM can go to: ${receivers}.`]),
  ];
}
