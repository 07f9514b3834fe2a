import { jsonPatch, strategicPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { VirtualMachineInstance } from '../../objects/kinds.ts';
import { hasCondition } from '../../objects/conditions.ts';
import { label, unpausedCondition } from '../../objects/names.ts';
import { timestamp } from '../../objects/time.ts';

/** Opens the readiness gate of the instance's current pod: only then can the pod become Ready. */
export function* syncReadinessGate(pod: Pod, now: Date): Plan {
  if (hasCondition(pod.status, unpausedCondition, { status: 'True' })) {
    return;
  }
  const time = timestamp(now);
  const condition = {
    type: unpausedCondition,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason: 'NotPaused',
    message: 'the virtual machine is not paused',
  };
  const existing = (pod.status?.conditions ?? []).map(({ type }) => ({ type }));
  const order =
    existing.length === 0
      ? {}
      : { '$setElementOrder/conditions': [...existing, { type: unpausedCondition }] };
  const patch = { status: { ...order, conditions: [condition] } };
  yield* strategicPatch('Pod', pod, patch, { subresource: 'status' });
}

/** Labels that follow the instance's. */
const dynamicLabels: readonly string[] = [label.nodeName, label.outdatedLauncher];

export function* syncPodLabels(instance: VirtualMachineInstance, pod: Pod): Plan {
  const own = instance.metadata.labels ?? {};
  const before = pod.metadata.labels ?? {};
  if (dynamicLabels.every((key) => own[key] === before[key])) {
    return;
  }
  const kept = Object.entries(before).filter(([key]) => !dynamicLabels.includes(key));
  const taken = dynamicLabels.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]] as const]));
  yield* jsonPatch('Pod', pod, [
    { op: 'test', path: '/metadata/labels', value: before },
    { op: 'replace', path: '/metadata/labels', value: Object.fromEntries([...kept, ...taken]) },
  ]);
}
