import * as z from 'zod';
import type { Instance } from '../api/instance.ts';
import { isFinished, tenantOf } from '../domain/evacuation/pod.ts';
import type { QuotaRoom, Room, RoomKind, RoomRequest } from '../domain/evacuation/room.ts';
import { quantityOf } from './quantity.ts';

const Quantities = z.record(z.string(), z.coerce.string()).default({});
const Container = z.object({
  restartPolicy: z.string().optional(),
  resources: z.object({ requests: Quantities }).prefault({}),
});
const Pod = z.object({
  metadata: z.object({
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.object({ kind: z.string(), uid: z.string(), controller: z.boolean().default(false) }))
      .default([]),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    containers: z.array(Container).default([]),
    initContainers: z.array(Container).default([]),
    overhead: Quantities,
  }),
  status: z.object({ phase: z.string().default('') }).prefault({}),
});
type Pod = z.infer<typeof Pod>;

const Node = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ allocatable: Quantities }).prefault({}),
});

const Quota = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z
    .object({ scopes: z.array(z.string()).optional(), scopeSelector: z.unknown().optional() })
    .prefault({}),
  status: z.object({ hard: Quantities, used: Quantities }).prefault({}),
});

/** What a user may see of the room in a cluster; `undefined`: they may not see it. */
export interface RoomSight {
  readonly nodes: readonly unknown[];
  readonly pods: readonly unknown[] | undefined;
  readonly quotas: readonly unknown[] | undefined;
}

/** Tells what a VM needs elsewhere and what there is; `undefined`: it is not known. Pure. */
export function roomFinder({
  nodes,
  pods,
  quotas = [],
}: RoomSight): (instance: Instance) => RoomRequest | undefined {
  const standing = (pods ?? [])
    .flatMap((raw) => Pod.safeParse(raw).data ?? [])
    .filter(({ status }) => !isFinished(status));
  const free = freeRoom(nodes, standing);
  const left = Map.groupBy(
    quotas.flatMap((raw) => Quota.safeParse(raw).data ?? []).filter(isForAllPods),
    ({ metadata }) => metadata.namespace,
  );
  return ({ metadata: { namespace, name }, status }) => {
    const own = standing.find((pod) => pod.spec.nodeName === status?.node && isOf(pod, namespace, name));
    if (own === undefined) return undefined;
    return { needs: roomOf(own), free, quotas: (left.get(namespace) ?? []).map(leftIn) };
  };
}

/** That of the VM, or its anchor. */
function isOf({ metadata, status }: Pod, namespace: string, name: string): boolean {
  const controller = metadata.ownerReferences.find((owner) => owner.controller);
  const tenant = tenantOf({ ...metadata, controller, phase: status.phase });
  return tenant?.namespace === namespace && tenant.name === name;
}

function freeRoom(nodes: readonly unknown[], pods: readonly Pod[]): Map<string, Room> {
  const taken = Map.groupBy(pods, ({ spec }) => spec.nodeName);
  return new Map(
    nodes
      .map((raw) => Node.parse(raw))
      .map(({ metadata: { name }, status: { allocatable } }) => {
        const all = {
          cpu: limit(allocatable['cpu']),
          memory: limit(allocatable['memory']),
          pods: limit(allocatable['pods']),
        };
        return [name, (taken.get(name) ?? []).map(roomOf).reduce(minus, all)];
      }),
  );
}

/** What says nothing, or nothing that can be read, limits nothing. */
function limit(text: string | undefined): number {
  const value = text === undefined ? NaN : quantityOf(text);
  return Number.isNaN(value) ? Infinity : value;
}

function minus(a: Room, b: Room): Room {
  return { cpu: a.cpu - b.cpu, memory: a.memory - b.memory, pods: a.pods - b.pods };
}

/** As kube-scheduler counts: init containers run one after the other, before all others, but for sidecars. */
function roomOf({ spec: { containers, initContainers, overhead } }: Pod): Room {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const first = initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const of = (kind: 'cpu' | 'memory'): number => {
    const ask = ({ resources }: z.infer<typeof Container>) => asked(resources.requests[kind]);
    const together = [...containers, ...sidecars].reduce((sum, one) => sum + ask(one), 0);
    return Math.max(together, ...first.map(ask)) + asked(overhead[kind]);
  };
  return { cpu: of('cpu'), memory: of('memory'), pods: 1 };
}

function asked(text: string | undefined): number {
  const value = text === undefined ? 0 : quantityOf(text);
  return Number.isNaN(value) ? 0 : value;
}

/** One with a scope may be for other Pods. */
function isForAllPods({ spec: { scopes = [], scopeSelector } }: z.infer<typeof Quota>): boolean {
  return scopes.length === 0 && scopeSelector === undefined;
}

/** A quota of `cpu` is one of `requests.cpu`. */
const NAMES: Readonly<Record<RoomKind, readonly string[]>> = {
  cpu: ['requests.cpu', 'cpu'],
  memory: ['requests.memory', 'memory'],
  pods: ['pods', 'count/pods'],
};

function leftIn({ metadata: { name }, status: { hard, used } }: z.infer<typeof Quota>): QuotaRoom {
  const of = (kind: RoomKind): number =>
    Math.min(...NAMES[kind].map((key) => limit(hard[key]) - asked(used[key])));
  return { name, left: { cpu: of('cpu'), memory: of('memory'), pods: of('pods') } };
}
