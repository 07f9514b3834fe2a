import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../../src/api/names.ts';
import type { Node } from '../../../../src/api/node.ts';
import { isNews } from '../../../../src/controllers/node.ts';
import { observeNode } from '../../../../src/domain/node/observe.ts';
import { decideCapability } from '../../../../src/domain/node/capability.ts';
import { observeHypervisor } from '../../../../src/drivers/kubevirt/observe-hypervisor.ts';
import { HandlerPod } from '../../../../src/drivers/kubevirt/resources.ts';
import { asNodeObject } from '../../../builders/world.ts';
import { aNode } from '../../../builders/nodes.ts';

/** What may happen to a node while KubeVirt is upgraded, and the pass of the operator over it. */
export type Happening =
  | 'stop' /** The handler begins to end: says that its node takes no VMs, and is being deleted. */
  | 'vanish' /** The pod of the handler is gone, however it went. */
  | 'start old' /** The DaemonSet makes a pod of the old version; it is not ready yet. */
  | 'start new'
  | 'become ready'
  | 'become unready'
  | 'beat' /** The handler says that it is there. */
  | 'wait' /** Four minutes pass: a heartbeat that nothing follows is too old after the second of them. */
  | 'lose node' /** The node is not heard of; its kubelet's pods are not Ready. */
  | 'find node'
  | 'reconcile';

export const HAPPENINGS: readonly Happening[] = [
  ...(['stop', 'vanish', 'start old', 'start new', 'become ready', 'become unready'] as const),
  ...(['beat', 'wait', 'lose node', 'find node', 'reconcile'] as const),
];

const VERSIONS = { old: 'v1.5.2', new: 'v1.6.0' } as const;
const MINIMUM = { source: 'v1.6.0', destination: 'v1.6.0' };
const WAIT = 240_000;
/** How long after its last heartbeat a handler is believed to be there. */
const BELIEVED = 300_000;

interface Handler {
  readonly version: keyof typeof VERSIONS;
  readonly ready: boolean;
  readonly ending: boolean;
}

/** A node in truth, and what the operator has made of it. Immutable; times count from an arbitrary start. */
export interface ModelNode {
  readonly name: string;
  readonly now: number;
  readonly handler: Handler | undefined;
  readonly heartbeat: number;
  readonly schedulable: boolean;
  readonly lost: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** A pass of the operator is due. */
  readonly woken: boolean;
  /** When the operator looks again by itself. */
  readonly lookAt: number;
}

/** A node of before the upgrade, as the operator has left it. */
export function anOldNode(name: string): ModelNode {
  const node = {
    ...{ name, now: 0, heartbeat: 0, schedulable: true, lost: false, labels: {}, woken: true },
    handler: { version: 'old', ready: true, ending: false },
    lookAt: Infinity,
  } as const;
  return happen(node, 'reconcile');
}

/** Whether the hypervisor of the node can be trusted with a rescued VM in truth: told without any of the code under test. */
export function isCapable({ now, handler, heartbeat, lost }: ModelNode): boolean {
  if (handler === undefined || lost) return false;
  return handler.version === 'new' && handler.ready && !handler.ending && now - heartbeat < BELIEVED;
}

/** Whether it takes VMs from elsewhere, too. */
export function isCapableDestination(node: ModelNode): boolean {
  return isCapable(node) && node.schedulable;
}

/** The node after something has happened; the same node where that can't happen. */
export function happen(node: ModelNode, what: Happening): ModelNode {
  if (what === 'reconcile') return reconciled(node);
  const next = { ...node, ...EFFECTS[what](node) };
  const woken = next.woken || isWoken(node, next) || next.now >= next.lookAt;
  return { ...next, woken };
}

type Effect = (node: ModelNode) => Partial<ModelNode>;

const EFFECTS: Readonly<Record<Exclude<Happening, 'reconcile'>, Effect>> = {
  vanish: () => ({ handler: undefined }),
  'start old': ({ handler }) => (handler === undefined ? { handler: fresh('old') } : {}),
  'start new': ({ handler }) => (handler === undefined ? { handler: fresh('new') } : {}),
  wait: ({ now }) => ({ now: now + WAIT }),
  'lose node': ({ handler }) => ({ lost: true, ...(handler && { handler: { ...handler, ready: false } }) }),
  'find node': () => ({ lost: false }),
  stop: ofHandler((handler) => ({ handler: { ...handler, ending: true }, schedulable: false })),
  'become ready': ofHandler((handler) => ({ handler: { ...handler, ready: true } })),
  'become unready': ofHandler((handler) => ({ handler: { ...handler, ready: false } })),
  beat: ofHandler(({ ending }, now) => (ending ? {} : { heartbeat: now, schedulable: true })),
};

function fresh(version: Handler['version']): Handler {
  return { version, ready: false, ending: false };
}

/** What can only happen where there is a handler, and its node is not lost. */
function ofHandler(effect: (handler: Handler, now: number) => Partial<ModelNode>): Effect {
  return ({ handler, lost, now }) => (handler === undefined || lost ? {} : effect(handler, now));
}

/** The operator is woken by what it watches: each change of a pod, and what is news of a Node. */
function isWoken(before: ModelNode, after: ModelNode): boolean {
  const news = isNews({ type: 'Updated', previous: objectOf(before), object: objectOf(after) });
  return news || before.handler !== after.handler;
}

function reconciled(node: ModelNode): ModelNode {
  const { labels, lookAgain } = decideCapability(seen(node), node.now);
  const next = new Map(Object.entries(node.labels));
  for (const [label, value] of Object.entries(labels)) {
    if (value === null) next.delete(label);
    else next.set(label, value);
  }
  const lookAt = lookAgain === undefined ? Infinity : node.now + lookAgain;
  return { ...node, labels: Object.fromEntries(next), woken: false, lookAt };
}

function seen(node: ModelNode) {
  const observed = observeNode(objectOf(node));
  const pods = node.handler === undefined ? [] : [podOf(node.name, node.handler)];
  const hypervisor = observeHypervisor(observed, pods);
  return { node: observed, hypervisor, minimum: MINIMUM, placement: 'ByBackend' } as const;
}

function objectOf({ name, heartbeat, schedulable, lost, labels }: ModelNode): Node {
  return asNodeObject(
    aNode(name, {
      capable: 'Neither',
      labels: { ...labels, 'kubevirt.io/schedulable': String(schedulable) },
      annotations: { 'kubevirt.io/heartbeat': new Date(heartbeat).toISOString() },
      reachable: !lost,
    }),
  );
}

function podOf(node: string, { version, ready, ending }: Handler): HandlerPod {
  return HandlerPod.parse({
    metadata: {
      ...{ name: `virt-handler-${node}`, namespace: 'kubevirt', uid: 'uid', resourceVersion: '1' },
      annotations: { 'kubevirt.io/install-strategy-version': VERSIONS[version] },
      ...(ending && { deletionTimestamp: '2026-11-23T10:00:00Z' }),
    },
    spec: { nodeName: node, containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
}

/** What the gate sees of a node. */
export function shownTo(node: ModelNode) {
  return observeNode(objectOf(node));
}

export function isLabelled({ labels }: ModelNode): { source: boolean; destination: boolean } {
  return { source: labels[SOURCE_LABEL] === 'true', destination: labels[DESTINATION_LABEL] === 'true' };
}
