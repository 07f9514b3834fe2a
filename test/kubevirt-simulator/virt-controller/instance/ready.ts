import type { Pod } from '../../objects/cluster-kinds.ts';
import type { VirtualMachineInstance } from '../../objects/kinds.ts';
import type { Condition } from '../../objects/stored.ts';
import { findCondition, withTimes } from '../../objects/conditions.ts';
import { phaseOf } from '../../objects/instance.ts';
import { isPodDownOrGoingDown } from '../../objects/pod.ts';
import { timestamp } from '../../objects/time.ts';

/** The instance's Ready condition, as its pod gives it. */
export function readyCondition(instance: VirtualMachineInstance, pod: Pod | undefined, now: Date): Condition {
  if (pod === undefined) {
    return notReady('PodNotExists', 'virt-launcher pod has not yet been scheduled', now);
  }
  if (isPodDownOrGoingDown(pod)) {
    return notReady('PodTerminating', 'virt-launcher pod is terminating', now);
  }
  if (phaseOf(instance) !== 'Running') {
    return notReady('GuestNotRunning', 'Guest VM is not reported as running', now);
  }
  const ready = findCondition(pod.status, 'Ready');
  return ready === undefined
    ? notReady('PodConditionMissing', 'virt-launcher pod is missing the Ready condition', now)
    : withTimes(ready);
}

function notReady(reason: string, message: string, now: Date): Condition {
  const time = timestamp(now);
  return { type: 'Ready', status: 'False', lastProbeTime: time, lastTransitionTime: time, reason, message };
}
