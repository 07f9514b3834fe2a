import {
  findCondition,
  hasCondition,
  removeCondition,
  updateCondition,
  withTimes,
} from '../../objects/conditions.ts';
import { enterPhase, isDeleted } from '../../objects/instance.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import { label } from '../../objects/names.ts';
import { isPodDownOrGoingDown, isPodReady } from '../../objects/pod.ts';
import type { Draft, StatusInput, SyncError } from './draft.ts';
import { interfaceStatuses, volumeStatuses } from './volumes.ts';

/** From Scheduling: to Scheduled, and so to virt-handler, when the pod runs; to Failed when it is gone. */
export function enterFromScheduling(input: StatusInput, draft: Draft): SyncError | undefined {
  const { instance, synced, now } = input;
  const { pod } = synced;
  if (pod === undefined) {
    enterPhase(draft.status, 'Failed', now);
    return undefined;
  }
  draft.status.qosClass = pod.status?.qosClass;
  copyUnschedulable(draft, pod);
  if (isPodReady(pod) && !isDeleted(instance)) {
    handOver(input, draft, pod);
  } else if (isPodDownOrGoingDown(pod)) {
    enterPhase(draft.status, 'Failed', now);
  }
  return imageError(pod);
}

function handOver({ view, instance, now }: StatusInput, draft: Draft, pod: Pod): void {
  draft.status.volumeStatus = volumeStatuses(view, instance);
  draft.status.interfaces = interfaceStatuses(instance);
  draft.status.migrationTransport = 'Unix';
  draft.status.nodeName = pod.spec.nodeName ?? '';
  draft.metadata.labels = { ...draft.metadata.labels, [label.nodeName]: pod.spec.nodeName ?? '' };
  enterPhase(draft.status, 'Scheduled', now);
}

function imageError(pod: Pod): SyncError | undefined {
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map(({ state }) => state.waiting)
    .find((state) => state?.reason === 'ErrImagePull' || state?.reason === 'ImagePullBackOff');
  return waiting && { reason: waiting.reason, message: waiting.message ?? '', requeue: false };
}

/** A pod's PodScheduled=False is shown on the instance, once, and taken away when it is over. */
function copyUnschedulable(draft: Draft, pod: Pod): void {
  const condition = findCondition(pod.status, 'PodScheduled');
  if (condition?.status !== 'False') {
    removeCondition(draft.status, 'PodScheduled');
  } else if (!hasCondition(draft.status, 'PodScheduled')) {
    updateCondition(draft.status, withTimes(condition));
  }
}
