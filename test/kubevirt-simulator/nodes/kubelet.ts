/** The kubelets of all nodes, faked: pods "run" because we say so, and end when their guest has. */
import { keyOf } from '../../../src/kube/resource.ts';
import type { Step } from '../engine/delayed-steps.ts';
import { remove, update } from '../engine/plan.ts';
import { keyIn } from '../engine/view.ts';
import type { View } from '../engine/view.ts';
import type { Delays, Faults, InstanceFailures } from '../faults.ts';
import { hasCondition } from '../objects/conditions.ts';
import { isDeleted, isFinal, isMigrationFinal } from '../objects/instance.ts';
import type { MigrationState, Pod, VirtualMachineInstance } from '../objects/kinds.ts';
import { annotation, label, unpausedCondition } from '../objects/names.ts';
import { isPodDown } from '../objects/pod.ts';
import { crashedStatus, endedStatus, pullErrorStatus, readyStatus, runningStatus } from './pod-status.ts';

/** A kubelet's own reaction time. */
const soonMs = 15;

interface PodContext {
  readonly pod: Pod;
  readonly instance: VirtualMachineInstance | undefined;
  readonly state: MigrationState;
  readonly failures: InstanceFailures & { readonly delays: Delays };
  /** The pod was made for a migration that has not ended. */
  readonly inFlight: boolean;
  readonly missingImage: string | undefined;
}

export function kubeletStep(view: View, faults: Faults, key: string): Step | undefined {
  const pod = view.get('Pod', key);
  if (pod?.spec.nodeName === undefined || pod.metadata.labels?.[label.app] !== 'virt-launcher') {
    return undefined;
  }
  const context = contextOf(view, faults, pod);
  const step = isPodDown(pod) ? removal(pod) : (endStep(context) ?? liveStep(context));
  return step && { ...step, id: `${step.id} ${pod.metadata.uid ?? ''}` };
}

function contextOf(view: View, faults: Faults, pod: Pod): PodContext {
  const instance = view.get('VirtualMachineInstance', keyIn(pod, pod.metadata.annotations?.[annotation.domain]));
  const mine = instance?.metadata.uid === pod.metadata.labels?.[label.createdBy] ? instance : undefined;
  const state = mine?.status?.migrationState ?? {};
  const migration = view.get(
    'VirtualMachineInstanceMigration',
    keyIn(pod, pod.metadata.annotations?.[annotation.migrationJobName]),
  );
  const own = migration?.metadata.uid === pod.metadata.labels?.[label.migrationJob] ? migration : undefined;
  return {
    pod,
    instance: mine,
    state,
    failures: mine === undefined ? { delays: faults.delays } : faults.of(mine, own),
    inFlight:
      (own !== undefined && !isMigrationFinal(own)) ||
      (state.targetPod === pod.metadata.name && state.completed !== true),
    missingImage: pod.spec.initContainers
      ?.filter(({ name }) => name.startsWith('volume'))
      .map(({ image }) => image)
      .find((image) => faults.missingImages.has(image)),
  };
}

function removal(pod: Pod): Step | undefined {
  if (!isDeleted(pod)) {
    return undefined;
  }
  return {
    id: 'remove',
    delayMs: soonMs,
    plan: () => remove('Pod', keyOf(pod), { gracePeriodSeconds: 0, expected: true }),
  };
}

function write(context: PodContext, id: string, delayMs: number, status: (pod: Pod) => Pod['status']): Step {
  const next = status(context.pod);
  return {
    id,
    delayMs,
    plan: () =>
      (function* () {
        yield* update(
          'Pod',
          { ...context.pod, ...(next !== undefined && { status: next }) },
          { subresource: 'status', expected: true },
        );
      })(),
  };
}

/** The pod ends when its guest has ended or left; a pod that is deleted while it carries the guest waits for that. */
function endStep(context: PodContext): Step | undefined {
  const { pod, failures } = context;
  return isOver(context, pod) ? write(context, 'exit', failures.delays.podExitMs, endedStatus) : undefined;
}

function isOver({ instance, inFlight }: PodContext, pod: Pod): boolean {
  if (instance === undefined || isFinal(instance)) {
    return true;
  }
  const carriesGuest = ['Scheduled', 'Running'].includes(instance.status?.phase ?? '');
  const isHere = instance.status?.nodeName === pod.spec.nodeName;
  if (isDeleted(pod)) {
    return !(carriesGuest && isHere);
  }
  const cleanedUp = instance.metadata.labels?.[label.migrationTargetNode] === undefined;
  return pod.status?.phase === 'Running' && carriesGuest && !isHere && !inFlight && cleanedUp;
}

function liveStep(context: PodContext): Step | undefined {
  const { pod, failures, missingImage } = context;
  const isTarget = pod.metadata.labels?.[label.migrationJob] !== undefined;
  if (pod.status?.phase === 'Running') {
    return runningStep(context, isTarget);
  }
  if (isTarget && failures.targetPod === 'stuck') {
    return undefined;
  }
  if (isTarget && failures.targetPod === 'crash') {
    return write(context, 'crash', failures.delays.podStartMs, (own) => ({ ...own.status, phase: 'Failed' }));
  }
  if (missingImage !== undefined) {
    return pullStep(context, missingImage);
  }
  return write(context, 'start', failures.delays.podStartMs, runningStatus);
}

function pullStep(context: PodContext, image: string): Step | undefined {
  const waiting = context.pod.status?.initContainerStatuses?.some(
    ({ state }) => state.waiting?.reason === 'ErrImagePull',
  );
  return waiting === true
    ? undefined
    : write(context, 'pull', context.failures.delays.podStartMs, (pod) => pullErrorStatus(pod, image));
}

function runningStep(context: PodContext, isTarget: boolean): Step | undefined {
  const { pod, state, failures } = context;
  if (isTarget && failures.targetPod === 'crash-prepared' && state.targetPod === pod.metadata.name) {
    return write(context, 'crash', failures.delays.prepareMs, crashedStatus);
  }
  const gateOpen = hasCondition(pod.status, unpausedCondition, { status: 'True' });
  const ready = hasCondition(pod.status, 'Ready', { status: 'True' });
  return gateOpen && !ready ? write(context, 'ready', soonMs, readyStatus) : undefined;
}
