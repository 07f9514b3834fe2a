import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { ANCHOR_INDICES, type AnchorPod } from '../../src/controllers/anchor/resources.ts';
import { DiskUse } from '../../src/controllers/disk-use.ts';
import { parseNode, type Node } from '../../src/api/node.ts';
import {
  INSTANCE_INDICES,
  MIGRATION_INDICES,
  UNREADABLE_INDICES,
  type World,
} from '../../src/controllers/world.ts';
import type { DriverCapabilities } from '../../src/domain/capabilities.ts';
import type {
  ObservedHypervisor,
  ObservedMigration,
  ObservedNode,
  ObservedVm,
} from '../../src/domain/observed.ts';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { Store } from '../../src/runtime/store.ts';
import type { Unreadable } from '../../src/runtime/unreadable.ts';
import { aNode } from './nodes.ts';
import { NOW_MS } from './observation.ts';

export interface WorldOptions {
  readonly instances?: readonly Instance[];
  readonly migrations?: readonly LiveMigration[];
  readonly unreadable?: {
    readonly instances?: readonly Unreadable[];
    readonly migrations?: readonly Unreadable[];
  };
  /** Default: node-a, node-b and node-c, all capable. */
  readonly nodes?: readonly ObservedNode[];
  readonly driver?: DriverOptions;
  /** Pods that stand for VMs; absent: the driver places VMs itself. */
  readonly anchors?: readonly AnchorPod[];
  /** Default: every namespace is ours. */
  readonly serves?: World['serves'];
}

export interface DriverOptions {
  readonly capabilities?: Partial<DriverCapabilities>;
  readonly vm?: ObservedVm | undefined;
  readonly migration?: ObservedMigration | undefined;
  readonly hypervisor?: ObservedHypervisor | undefined;
}

/** What an operator has seen: caches that are filled by hand, and a driver that shows one VM whoever asks. */
export function aWorld({
  instances = [],
  migrations = [],
  unreadable = {},
  nodes,
  driver,
  anchors,
  serves = () => true,
}: WorldOptions = {}): World {
  const shown = nodes ?? [aNode('node-a'), aNode('node-b'), aNode('node-c')];
  const fixed = aDriver(driver);
  return {
    diskUse: new DiskUse(),
    anchors: anchors && anchored(anchors),
    instances: filled(new Store<Instance>({ indices: INSTANCE_INDICES }), instances),
    unreadable: {
      instances: filled(new Store<Unreadable>({ indices: UNREADABLE_INDICES }), unreadable.instances ?? []),
      migrations: filled(new Store<Unreadable>({ indices: UNREADABLE_INDICES }), unreadable.migrations ?? []),
    },
    migrations: filled(new Store<LiveMigration>({ indices: MIGRATION_INDICES }), migrations),
    nodes: filled(new Store<Node>(), shown.map(asNodeObject)),
    driverOf: () => fixed,
    serves,
    now: () => NOW_MS,
  };
}

function anchored(pods: readonly AnchorPod[]): NonNullable<World['anchors']> {
  return {
    pods: filled(new Store<AnchorPod>({ indices: ANCHOR_INDICES }), pods),
    budgets: new Store(),
    refusals: new Map(),
  };
}

/** A driver that can do as much as KubeVirt, takes every order and carries none out. */
export function aDriver({ capabilities, vm, migration, hypervisor }: DriverOptions = {}): Driver {
  const accept = () => Promise.resolve(ACCEPTED);
  return {
    name: 'kubevirt',
    capabilities: {
      diskSources: ['persistentVolumeClaim', 'dataVolume', 'containerDisk', 'cloudInit'],
      nativeTemplate: true,
      followsOwnerReferences: true,
      placesVms: true,
      migrateRescued: true,
      abort: true,
      postCopy: false,
      autoConverge: false,
      bandwidth: false,
      forceComplete: false,
      ...capabilities,
    },
    start: () => Promise.resolve(),
    observe: () => vm,
    define: accept,
    claim: accept,
    restart: accept,
    remove: accept,
    migrate: accept,
    observeMigration: () => migration,
    abortMigration: accept,
    observeNode: () => hypervisor,
  };
}

function filled<T extends KubeObject>(store: Store<T>, objects: readonly T[]): Store<T> {
  for (const object of objects) store.upsert(object);
  return store;
}

/** The Node object that shows an observed node. */
export function asNodeObject(node: ObservedNode): Node {
  const { name, labels, annotations, reachable } = node;
  const taints = node.fenced ? [{ key: 'node.kubernetes.io/out-of-service' }] : [];
  const notReady = reachable ? 'False' : 'Unknown';
  return parseNode({
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', labels, annotations },
    spec: { unschedulable: node.cordoned, taints },
    status: { conditions: [{ type: 'Ready', status: node.ready ? 'True' : notReady }] },
  });
}
