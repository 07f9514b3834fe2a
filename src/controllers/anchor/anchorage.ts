import { PODS } from '../../api/resources.ts';
import type { Logger } from 'pino';
import type { Instance } from '../../api/instance.ts';
import type { Node } from '../../api/node.ts';
import { hostNameOf } from '../../domain/anchor/host.ts';
import type { Host, Placement } from '../../domain/anchor/placement.ts';
import type { AnchorSettings } from '../../domain/anchor/pod.ts';
import { observeNode } from '../../domain/node/observe.ts';
import type { ObservedVm } from '../../domain/observed.ts';
import type { Driver } from '../../drivers/driver.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import { formatKey, keyOf, type Namespaces } from '../../kube/resource.ts';
import type { Transport } from '../../kube/transport.ts';
import { reflect, type ObjectCache } from '../../runtime/namespaced-reflectors.ts';
import type { Store } from '../../runtime/store.ts';
import {
  ANCHOR_INDICES,
  AnchorPod,
  BUDGETS,
  Budget,
  BY_INSTANCE_UID,
  observeAnchor,
  OURS,
} from './resources.ts';

/** What is known of anchors: who decides looks at it. */
export interface Anchors {
  readonly pods: Store<AnchorPod>;
  readonly budgets: Store<Budget>;
  /** Why no anchor could be made, in the words of the API server, by `namespace/name` of the Instance. */
  readonly refusals: Map<string, string>;
}

/** What anchors are made with, and the caches that show them. */
export interface Anchorage {
  readonly anchors: Anchors;
  readonly caches: readonly [ObjectCache<AnchorPod>, ObjectCache<Budget>];
  readonly pods: ResourceClient<AnchorPod>;
  readonly budgets: ResourceClient<Budget>;
  readonly settings: AnchorSettings;
}

interface AnchorageOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  readonly settings: AnchorSettings;
  readonly namespaces: Namespaces;
}

/** What a driver needs that does not place VMs itself; `undefined`: this one does. */
export function anchorageFor(
  { capabilities }: Driver,
  { transport, logger, settings, namespaces }: AnchorageOptions,
): Anchorage | undefined {
  if (capabilities.placesVms) return undefined;
  const shared = { transport, logger, labelSelector: OURS };
  const pods = reflect(
    {
      ...shared,
      resource: PODS,
      transform: (raw) => AnchorPod.parse(raw),
      indices: ANCHOR_INDICES,
    },
    namespaces,
  );
  const budgets = reflect(
    { ...shared, resource: BUDGETS, transform: (raw) => Budget.parse(raw) },
    namespaces,
  );
  return {
    anchors: { pods: pods.store, budgets: budgets.store, refusals: new Map() },
    caches: [pods, budgets],
    pods: new ResourceClient<AnchorPod>(transport, PODS),
    budgets: new ResourceClient<Budget>(transport, BUDGETS),
    settings,
  };
}

interface Subject {
  readonly instance: Instance;
  readonly vm: ObservedVm | undefined;
  readonly driver: Driver;
}

/** Where Kubernetes has placed the VM of an Instance. */
export function observePlacement(
  { pods, refusals }: Anchors,
  nodes: Store<Node>,
  { instance, vm, driver }: Subject,
): Placement {
  const name = hostNameOf({ instance, vm });
  return {
    anchors: pods.byIndex(BY_INSTANCE_UID, instance.metadata.uid).map(observeAnchor),
    host: name === undefined ? undefined : hostAt(name, nodes, driver),
    refusal: refusals.get(formatKey(keyOf(instance))),
  };
}

function hostAt(name: string, nodes: Store<Node>, driver: Driver): Host {
  const node = nodes.get(name);
  const heard = driver.observeNode(name)?.ready === true;
  return { name, heard, fenced: node === undefined || observeNode(node).fenced };
}
