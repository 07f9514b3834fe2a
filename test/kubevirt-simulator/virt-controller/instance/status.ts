import { update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import type { View } from '../../engine/view.ts';
import { hasCondition, removeCondition, updateCondition } from '../../objects/conditions.ts';
import { semanticEqual } from '../../objects/equal.ts';
import { enterPhase, isFinal, isMarkedForEviction, isUnprocessed, phaseOf } from '../../objects/instance.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { VirtualMachineInstance } from '../../objects/kinds.ts';
import { finalizer, label, launcherImage, memoryOverhead } from '../../objects/names.ts';
import { timestamp } from '../../objects/time.ts';
import { enterFromScheduling } from './scheduling.ts';
import { patchInstance } from './patch.ts';
import { syncPodLabels, syncReadinessGate } from './pod-sync.ts';
import { readyCondition } from './ready.ts';
import type { Draft, StatusInput, SyncError } from './draft.ts';
import { volumeStatuses } from './volumes.ts';

export function* updateInstanceStatus(input: StatusInput): Plan {
  const { instance, synced, now } = input;
  const draft: Draft = { ...structuredClone(instance), status: structuredClone(instance.status ?? {}) };
  setActivePods(draft, input.pods);
  updateCondition(draft.status, readyCondition(instance, synced.pod, now));
  if (synced.pod !== undefined) {
    draft.status.launcherContainerImageVersion = launcherImage;
    draft.status.memory = { ...draft.status.memory, memoryOverhead };
    yield* syncReadinessGate(synced.pod, now);
    yield* syncPodLabels(draft, synced.pod);
  }
  const error = enterNextPhase(input, draft) ?? synced.error;
  markEviction(draft, now);
  if (phaseOf(instance) === 'Running' || phaseOf(instance) === 'Scheduled') {
    yield* patchInstance(instance, draft);
    return;
  }
  setSynchronized(draft, error, now);
  if (isChanged(instance, draft)) {
    yield* update('VirtualMachineInstance', draft, { expected: true });
  }
}

function setActivePods(draft: Draft, pods: readonly Pod[]): void {
  if (pods.length > 0 || draft.status.activePods !== undefined) {
    const entries = pods.map((pod) => [pod.metadata.uid ?? '', pod.spec.nodeName ?? ''] as const);
    draft.status.activePods = Object.fromEntries(entries);
  }
}

/** One step of the phase per pass; from Scheduled on it belongs to virt-handler, unless the pod is gone. */
function enterNextPhase(input: StatusInput, draft: Draft): SyncError | undefined {
  const { instance, synced, now, view } = input;
  if (isUnprocessed(instance)) {
    enterPhase(draft.status, phaseBeforeScheduling(input), now);
    return undefined;
  }
  if (phaseOf(instance) === 'Scheduling') {
    return enterFromScheduling(input, draft);
  }
  if (isFinal(instance)) {
    releaseFinal(input, draft);
    return undefined;
  }
  if (synced.pod === undefined) {
    // Patched, not updated: such a phase gets no timestamp.
    draft.status.phase = 'Failed';
  } else {
    draft.status.volumeStatus = volumeStatuses(view, instance);
  }
  return undefined;
}

function phaseBeforeScheduling({ instance, synced }: StatusInput): string {
  if (synced.pod !== undefined) {
    return 'Scheduling';
  }
  return instance.metadata.deletionTimestamp === undefined ? 'Pending' : 'Failed';
}

/** Our finalizer goes when the last pod has gone; the VM controller's only where there is no VM to take it off. */
function releaseFinal({ view, instance, pods }: StatusInput, draft: Draft): void {
  const dropped: string[] = [];
  if (pods.length === 0) {
    dropped.push(finalizer.instance);
    draft.status.launcherContainerImageVersion = undefined;
    const { [label.outdatedLauncher]: _dropped, ...labels } = draft.metadata.labels ?? {};
    draft.metadata.labels = labels;
  }
  if (!hasOwner(view, instance)) {
    dropped.push(finalizer.virtualMachine);
  }
  draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((name) => !dropped.includes(name));
}

function hasOwner(view: View, instance: VirtualMachineInstance): boolean {
  const owner = instance.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const machine = view.get('VirtualMachine', `${instance.metadata.namespace ?? ''}/${owner?.name ?? ''}`);
  return machine !== undefined && machine.metadata.uid === owner?.uid;
}

function markEviction(draft: Draft, now: Date): void {
  if (!isMarkedForEviction(draft)) {
    removeCondition(draft.status, 'EvictionRequested');
    return;
  }
  const time = timestamp(now);
  updateCondition(draft.status, {
    type: 'EvictionRequested',
    status: 'True',
    reason: 'EvictionRequested',
    message: 'VMI is marked for eviction',
    lastProbeTime: time,
    lastTransitionTime: time,
  });
}

function setSynchronized(draft: Draft, error: SyncError | undefined, now: Date): void {
  if (error === undefined) {
    removeCondition(draft.status, 'Synchronized');
    return;
  }
  if (hasCondition(draft.status, 'Synchronized', { status: 'False', reason: error.reason })) {
    return;
  }
  removeCondition(draft.status, 'Synchronized');
  updateCondition(draft.status, {
    type: 'Synchronized',
    status: 'False',
    reason: error.reason,
    message: error.message,
    lastProbeTime: null,
    lastTransitionTime: timestamp(now),
  });
}

function isChanged(before: VirtualMachineInstance, after: VirtualMachineInstance): boolean {
  return !(
    semanticEqual(before.status, after.status) &&
    semanticEqual(before.metadata.finalizers, after.metadata.finalizers) &&
    semanticEqual(before.metadata.annotations, after.metadata.annotations) &&
    semanticEqual(before.metadata.labels, after.metadata.labels)
  );
}
