import { hasCondition, updateCondition } from '../objects/conditions.ts';
import type { ContainerStatus, Pod } from '../objects/cluster-kinds.ts';
import type { Condition } from '../objects/stored.ts';
import { unpausedCondition } from '../objects/names.ts';
import { timestamp } from '../objects/time.ts';

type Status = NonNullable<Pod['status']>;

function condition(type: string, status: boolean, reason?: string): Condition {
  return {
    type,
    status: status ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: timestamp(new Date()),
    ...(reason !== undefined && { reason }),
  };
}

function withConditions(pod: Pod, ...conditions: Condition[]): Status {
  const status = structuredClone(pod.status ?? {});
  for (const one of conditions) {
    updateCondition(status, one);
  }
  return status;
}

function container(
  name: string,
  image: string,
  state: ContainerStatus['state'],
  ready: boolean,
): ContainerStatus {
  // KubeVirt refuses to migrate what it can't find the digest of.
  const imageID = `${image.replace(/[:@].*$/, '')}@sha256:${'0'.repeat(64)}`;
  return { name, image, imageID, ready, restartCount: 0, state };
}

export function runningStatus(pod: Pod): Status {
  const startedAt = timestamp(new Date());
  const open = hasCondition(pod.status, unpausedCondition, { status: 'True' });
  return {
    ...withConditions(
      pod,
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('ContainersReady', true),
      open ? condition('Ready', true) : condition('Ready', false, 'ReadinessGatesNotReady'),
    ),
    phase: 'Running',
    startTime: startedAt,
    initContainerStatuses: (pod.spec.initContainers ?? []).map(({ name, image }) =>
      name.startsWith('volume')
        ? container(
            name,
            image,
            { terminated: { exitCode: 0, reason: 'Completed', finishedAt: startedAt } },
            true,
          )
        : container(name, image, { running: { startedAt } }, true),
    ),
    containerStatuses: pod.spec.containers.map(({ name, image }) =>
      container(name, image, { running: { startedAt } }, true),
    ),
  };
}

export function readyStatus(pod: Pod): Status {
  return withConditions(pod, condition('Ready', true));
}

/** No container of the pod has been made: one of its volumes can't be mounted. */
export function creatingStatus(pod: Pod): Status {
  return waitingStatus(pod, () => ({ reason: 'PodInitializing' }));
}

/** The image of one volume can't be pulled; nothing else of the pod starts before it. */
export function pullErrorStatus(pod: Pod, missing: string): Status {
  const message = `failed to pull image "${missing}": not found`;
  return waitingStatus(pod, (image) =>
    image === missing ? { reason: 'ErrImagePull', message } : { reason: 'PodInitializing' },
  );
}

/** Every container waits; `why` is asked for each image. */
function waitingStatus(
  pod: Pod,
  why: (image: string) => ContainerStatus['state']['waiting'] & object,
): Status {
  const waiting = ({ name, image }: { name: string; image: string }): ContainerStatus => ({
    ...container(name, image, { waiting: why(image) }, false),
    imageID: '',
  });
  return {
    ...structuredClone(pod.status ?? {}),
    initContainerStatuses: (pod.spec.initContainers ?? []).map(waiting),
    containerStatuses: pod.spec.containers.map(waiting),
  };
}

function terminate(statuses: ContainerStatus[], exitCode: number): ContainerStatus[] {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { exitCode, reason, finishedAt: timestamp(new Date()) };
  return statuses.map((status) =>
    status.state.terminated === undefined ? { ...status, ready: false, state: { terminated } } : status,
  );
}

function terminated(pod: Pod, phase: 'Failed' | 'Succeeded'): Status {
  const reason = phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
  const exitCode = phase === 'Succeeded' ? 0 : 1;
  const over = [condition('ContainersReady', false, reason), condition('Ready', false, reason)];
  const { initContainerStatuses, containerStatuses } = pod.status ?? {};
  return {
    // A pod that never ran has no such conditions to take back.
    ...withConditions(pod, ...(pod.status?.phase === 'Running' ? over : [])),
    phase,
    ...(initContainerStatuses !== undefined && {
      initContainerStatuses: terminate(initContainerStatuses, exitCode),
    }),
    ...(containerStatuses !== undefined && { containerStatuses: terminate(containerStatuses, exitCode) }),
  };
}

export function endedStatus(pod: Pod): Status {
  return terminated(pod, 'Succeeded');
}

export function crashedStatus(pod: Pod): Status {
  return terminated(pod, 'Failed');
}
