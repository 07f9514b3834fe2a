/** A scheduler, faked: it knows the rules that KubeVirt uses, and counts pods instead of resources. */
import { keyOf } from '../../../src/kube/resource.ts';
import { event, strategicPatch } from '../engine/plan.ts';
import type { Plan } from '../engine/plan.ts';
import type { View } from '../engine/view.ts';
import { hasCondition } from '../objects/conditions.ts';
import { isDeleted } from '../objects/instance.ts';
import type { Node, NodeSelectorTerm, Pod } from '../objects/cluster-kinds.ts';
import { isPodDown } from '../objects/pod.ts';
import { timestamp } from '../objects/time.ts';

/** Chooses among the nodes that fit; the default takes the one with the fewest pods. */
export type ChooseNode = (pod: Pod, fitting: readonly string[]) => string | undefined;

export interface Scheduling {
  readonly view: View;
  readonly now: Date;
  /** Bindings that the caches don't show yet: pod uid → node. */
  readonly assumed: Map<string, string>;
  readonly choose?: ChooseNode | undefined;
}

export function* schedulePod(scheduling: Scheduling, key: string): Plan {
  const pod = scheduling.view.get('Pod', key);
  if (pod === undefined || nodeOf(scheduling, pod) !== undefined || isDeleted(pod) || isPodDown(pod)) {
    return;
  }
  const nodes = scheduling.view.list('Node');
  const verdicts = nodes.map((node) => ({ node, obstacle: obstacleOf(scheduling, pod, node) }));
  const fitting = verdicts
    .filter(({ obstacle }) => obstacle === undefined)
    .map(({ node }) => node.metadata.name);
  if (fitting.length === 0) {
    yield* reportUnschedulable(
      pod,
      verdicts.map(({ obstacle }) => obstacle ?? ''),
      scheduling.now,
    );
    return;
  }
  yield* bind(scheduling, pod, scheduling.choose?.(pod, fitting) ?? leastLoaded(scheduling, fitting));
}

function nodeOf({ assumed }: Scheduling, pod: Pod): string | undefined {
  return pod.spec.nodeName ?? assumed.get(pod.metadata.uid ?? '');
}

function podsOn(scheduling: Scheduling, node: string): Pod[] {
  return scheduling.view.list('Pod').filter((pod) => nodeOf(scheduling, pod) === node && !isPodDown(pod));
}

function leastLoaded(scheduling: Scheduling, nodes: readonly string[]): string {
  const loads = nodes.map((name) => ({ name, load: podsOn(scheduling, name).length }));
  loads.sort((a, b) => a.load - b.load || (a.name < b.name ? -1 : 1));
  return loads[0]?.name ?? '';
}

function* bind(scheduling: Scheduling, pod: Pod, node: string): Plan {
  const { name, namespace = '' } = pod.metadata;
  scheduling.assumed.set(pod.metadata.uid ?? '', node);
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  try {
    yield { verb: 'create', kind: 'Pod', key: keyOf(pod), object: binding, subresource: 'binding' };
  } catch (error) {
    scheduling.assumed.delete(pod.metadata.uid ?? '');
    throw error;
  }
  yield* event('Pod', pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: 'default-scheduler',
  });
}

/** Why a pod can't go to a node, in the scheduler's words and in the order of its filters. */
function obstacleOf(scheduling: Scheduling, pod: Pod, node: Node): string | undefined {
  if (node.spec?.unschedulable === true) {
    return 'node(s) were unschedulable';
  }
  if (isTainted(pod, node) || !isReady(node)) {
    return 'node(s) had untolerated taint(s)';
  }
  if (!matchesSelector(pod, node)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  return repels(scheduling, pod, node) ? "node(s) didn't match pod anti-affinity rules" : undefined;
}

function isReady(node: Node): boolean {
  return hasCondition(node.status, 'Ready', { status: 'True' });
}

function isTainted(pod: Pod, node: Node): boolean {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
    .some(
      (taint) =>
        !(pod.spec.tolerations ?? []).some(
          ({ key, operator, value, effect }) =>
            (key === undefined || key === taint.key) &&
            (effect === undefined || effect === taint.effect) &&
            (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
        ),
    );
}

function matchesSelector(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matchesTerm(term, labels)))
  );
}

function matchesTerm(term: NodeSelectorTerm, labels: Record<string, string>): boolean {
  return (term.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/** Both ways round: a pod that is there may repel the one that comes. */
function repels(scheduling: Scheduling, pod: Pod, node: Node): boolean {
  const others = podsOn(scheduling, node.metadata.name);
  return others.some((other) => isRepelled(pod, other) || isRepelled(other, pod));
}

function isRepelled(pod: Pod, other: Pod): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    pod.metadata.namespace === other.metadata.namespace &&
    terms.some(({ labelSelector }) => {
      const wanted = Object.entries(labelSelector?.matchLabels ?? {});
      return wanted.length > 0 && wanted.every(([key, value]) => other.metadata.labels?.[key] === value);
    })
  );
}

function* reportUnschedulable(pod: Pod, obstacles: readonly string[], now: Date): Plan {
  const message = unschedulableMessage(obstacles);
  const reported = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (reported?.status === 'False' && reported.message === message) {
    return;
  }
  yield* event('Pod', pod, {
    type: 'Warning',
    reason: 'FailedScheduling',
    message,
    component: 'default-scheduler',
  });
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    lastTransitionTime: timestamp(now),
  };
  yield* strategicPatch('Pod', pod, { status: { conditions: [condition] } }, { subresource: 'status' });
}

export function unschedulableMessage(obstacles: readonly string[]): string {
  const preemption = obstacles.map((obstacle) =>
    obstacle.includes('anti-affinity')
      ? 'No preemption victims found for incoming pod'
      : 'Preemption is not helpful for scheduling',
  );
  const head = `0/${obstacles.length} nodes are available:`;
  return `${head} ${counted(obstacles)}. preemption: ${head} ${counted(preemption)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ');
}
