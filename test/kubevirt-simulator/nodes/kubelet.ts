/** The kubelets of all nodes, faked: pods "run" because we say so, and end when their guest has. */
import { keyOf } from '../../../src/kube/resource.ts';
import type { Step } from '../engine/delayed-steps.ts';
import { event, remove, update } from '../engine/plan.ts';
import { keyIn } from '../engine/view.ts';
import type { View } from '../engine/view.ts';
import type { Delays, Faults, InstanceFailures } from '../faults.ts';
import { hasCondition } from '../objects/conditions.ts';
import { isDeleted, isFinal, isMigrationFinal, phaseOf } from '../objects/instance.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import type { Migration, MigrationState, VirtualMachineInstance } from '../objects/kinds.ts';
import { annotationOf, labelOf } from '../objects/meta.ts';
import { annotation, label, unpausedCondition } from '../objects/names.ts';
import { isNodeLost } from '../objects/node.ts';
import { isPodDown } from '../objects/pod.ts';
import {
  crashedStatus,
  creatingStatus,
  endedStatus,
  pullErrorStatus,
  readyStatus,
  runningStatus,
} from './pod-status.ts';

/** A pod that crashes after the hand-over does so before it listens. */
const beforePrepared = 0.8;

/** A kubelet's own reaction time. */
const soonMs = 15;

interface SecretVolume {
  readonly volume: string;
  readonly secret: string;
}

interface PodContext {
  readonly pod: Pod;
  readonly instance: VirtualMachineInstance | undefined;
  readonly state: MigrationState;
  readonly failures: InstanceFailures & { readonly delays: Delays };
  /** The pod was made for a migration that has not ended. */
  readonly inFlight: boolean;
  readonly missingSecret: SecretVolume | undefined;
  readonly missingImage: string | undefined;
}

export function kubeletStep(view: View, faults: Faults, key: string): Step | undefined {
  const pod = view.get('Pod', key);
  if (pod?.spec.nodeName === undefined || labelOf(pod, label.app) !== 'virt-launcher') {
    return undefined;
  }
  if (isNodeLost(view, pod.spec.nodeName)) {
    return undefined;
  }
  const context = contextOf(view, faults, pod);
  const step = isPodDown(pod) ? removal(pod) : (endStep(context) ?? liveStep(context));
  return step && { ...step, id: `${step.id} ${pod.metadata.uid ?? ''}` };
}

function contextOf(view: View, faults: Faults, pod: Pod): PodContext {
  const instance = ownerOf(view, pod);
  const migration = migrationOf(view, pod);
  const state = instance?.status?.migrationState ?? {};
  const migrates = migration !== undefined && !isMigrationFinal(migration);
  return {
    pod,
    instance,
    state,
    failures: instance === undefined ? { delays: faults.delays } : faults.of(instance, migration),
    inFlight: migrates || (state.targetPod === pod.metadata.name && state.completed !== true),
    missingSecret: secretsOf(pod).find(({ secret }) => view.get('Secret', keyIn(pod, secret)) === undefined),
    missingImage: imagesOf(pod).find((image) => faults.missingImages.has(image)),
  };
}

/** The instance that the pod was made for, not a later one of that name. */
function ownerOf(view: View, pod: Pod): VirtualMachineInstance | undefined {
  const instance = view.get('VirtualMachineInstance', keyIn(pod, annotationOf(pod, annotation.domain)));
  return instance?.metadata.uid === labelOf(pod, label.createdBy) ? instance : undefined;
}

function migrationOf(view: View, pod: Pod): Migration | undefined {
  const key = keyIn(pod, annotationOf(pod, annotation.migrationJobName));
  const migration = view.get('VirtualMachineInstanceMigration', key);
  return migration?.metadata.uid === labelOf(pod, label.migrationJob) ? migration : undefined;
}

function imagesOf(pod: Pod): string[] {
  const containers = pod.spec.initContainers ?? [];
  return containers.filter(({ name }) => name.startsWith('volume')).map(({ image }) => image);
}

function secretsOf({ spec }: Pod): SecretVolume[] {
  return (spec.volumes ?? []).flatMap(({ name, secret }) =>
    secret === undefined ? [] : [{ volume: name, secret: secret.secretName }],
  );
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

function isOver(context: PodContext, pod: Pod): boolean {
  const { instance } = context;
  if (instance === undefined || isFinal(instance)) {
    return true;
  }
  const hasGuest = phaseOf(instance) === 'Scheduled' || phaseOf(instance) === 'Running';
  const isHere = instance.status?.nodeName === pod.spec.nodeName;
  return isDeleted(pod) ? !(hasGuest && isHere) : hasGuest && !isHere && isLeft(context, instance);
}

/** The guest has left this pod, or will never come, and the migration has been cleaned up after. */
function isLeft({ pod, inFlight }: PodContext, instance: VirtualMachineInstance): boolean {
  const cleanedUp = labelOf(instance, label.migrationTargetNode) === undefined;
  return !inFlight && cleanedUp && pod.status?.phase === 'Running';
}

function liveStep(context: PodContext): Step | undefined {
  const { pod, failures, missingSecret, missingImage } = context;
  const isTarget = labelOf(pod, label.migrationJob) !== undefined;
  if (pod.status?.phase === 'Running') {
    return runningStep(context, isTarget);
  }
  if (isTarget && failures.targetPod === 'stuck') {
    return undefined;
  }
  if (isTarget && failures.targetPod === 'crash') {
    return write(context, 'crash', failures.delays.podStartMs, (own) => ({ ...own.status, phase: 'Failed' }));
  }
  if (missingSecret !== undefined) {
    return mountStep(context, missingSecret);
  }
  if (missingImage !== undefined) {
    return pullStep(context, missingImage);
  }
  return write(context, 'start', failures.delays.podStartMs, runningStatus);
}

/** A kubelet mounts all volumes before it pulls anything. Told once here; a real one repeats it, ever more rarely. */
function mountStep({ pod, failures }: PodContext, { volume, secret }: SecretVolume): Step | undefined {
  if (pod.status?.containerStatuses !== undefined) {
    return undefined;
  }
  const failure = {
    type: 'Warning',
    reason: 'FailedMount',
    message: `MountVolume.SetUp failed for volume "${volume}" : secret "${secret}" not found`,
    component: 'kubelet',
  } as const;
  return {
    id: 'mount',
    delayMs: failures.delays.podStartMs,
    plan: () =>
      (function* () {
        const status = creatingStatus(pod);
        yield* update('Pod', { ...pod, status }, { subresource: 'status', expected: true });
        yield* event('Pod', pod, failure);
      })(),
  };
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
    return write(context, 'crash', failures.delays.prepareMs * beforePrepared, crashedStatus);
  }
  const gateOpen = hasCondition(pod.status, unpausedCondition, { status: 'True' });
  const ready = hasCondition(pod.status, 'Ready', { status: 'True' });
  return gateOpen && !ready ? write(context, 'ready', soonMs, readyStatus) : undefined;
}
