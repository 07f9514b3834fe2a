/**
 * The VMI controller of virt-controller: makes the launcher pod, carries the phase from Pending to Scheduled, and from
 * there on only patches what virt-handler does not own.
 */
import { create, event, remove, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { VirtualMachineInstance } from '../../objects/kinds.ts';
import {
  currentPod,
  hasApiVersionAnnotations,
  isDeleted,
  isFinal,
  isMigrationRunning,
  isUnprocessed,
  withApiVersionAnnotations,
} from '../../objects/instance.ts';
import { keyOf } from '../../../../src/kube/resource.ts';
import { isPodDown } from '../../objects/pod.ts';
import { controllerComponent, SyncFailed } from '../common.ts';
import type { SyncError, Synced } from './draft.ts';
import { launcherPod } from './launcher-pod.ts';
import { updateInstanceStatus } from './status.ts';

export function* reconcileInstance(view: View, key: string, now: Date): Plan {
  const instance = view.get('VirtualMachineInstance', key);
  if (instance === undefined) {
    return;
  }
  if (!hasApiVersionAnnotations(instance)) {
    yield* update('VirtualMachineInstance', withApiVersionAnnotations(instance), { expected: true });
    return;
  }
  const pods = view.podsOf(instance.metadata.uid);
  const synced = yield* sync(view, instance, pods);
  yield* updateInstanceStatus({ view, instance, pods, synced, now });
  if (synced.error?.requeue === true) {
    throw new SyncFailed(synced.error.message);
  }
}

function* sync(view: View, instance: VirtualMachineInstance, pods: Pod[]): Plan<Synced> {
  const pod = currentPod(instance, pods);
  if (isDeleted(instance)) {
    yield* deletePods(instance, pods);
    return { pod };
  }
  if (isFinal(instance) || pod !== undefined || !isUnprocessed(instance)) {
    return { pod };
  }
  const error = obstacle(view, instance);
  return error === undefined ? { pod: yield* createPod(instance) } : { pod, error };
}

function* deletePods(instance: VirtualMachineInstance, pods: readonly Pod[]): Plan {
  for (const pod of pods) {
    // A pod that has ended but not gone is deleted once more: nothing else would.
    if (!isDeleted(pod) || isPodDown(pod)) {
      yield* remove('Pod', keyOf(pod), { expected: true });
      yield* event('VirtualMachineInstance', instance, {
        type: 'Normal',
        reason: 'SuccessfulDelete',
        message: `Deleted virtual machine pod ${pod.metadata.name}`,
        component: controllerComponent,
      });
    }
  }
}

function* createPod(instance: VirtualMachineInstance): Plan<Pod> {
  const pod = yield* create('Pod', launcherPod(instance), { expected: true });
  yield* event('VirtualMachineInstance', instance, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created virtual machine pod ${pod.metadata.name}`,
    component: controllerComponent,
  });
  return pod;
}

function obstacle(view: View, instance: VirtualMachineInstance): SyncError | undefined {
  const { namespace, name } = instance.metadata;
  if (view.migrationsOf(namespace, name).some(isMigrationRunning)) {
    return { reason: 'FailedCreate', message: 'active migration exists', requeue: true };
  }
  const missing = (instance.spec.volumes ?? [])
    .map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName)
    .find(
      (claim) =>
        claim !== undefined && view.get('PersistentVolumeClaim', keyIn(instance, claim)) === undefined,
    );
  if (missing === undefined) {
    return undefined;
  }
  return {
    reason: 'FailedPvcNotFound',
    message: `failed to render launch manifest: didn't find PVC ${missing}`,
    requeue: false,
  };
}
