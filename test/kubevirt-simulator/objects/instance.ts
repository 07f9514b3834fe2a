import type { Pod } from './cluster-kinds.ts';
import type { InstanceStatus, Migration, VirtualMachineInstance } from './kinds.ts';
import type { Stored } from './stored.ts';
import { annotation } from './names.ts';
import { isPodDown } from './pod.ts';
import { isPast, timestamp } from './time.ts';

export function phaseOf(instance: VirtualMachineInstance): string {
  return instance.status?.phase ?? '';
}

export function isFinal(instance: VirtualMachineInstance): boolean {
  return phaseOf(instance) === 'Succeeded' || phaseOf(instance) === 'Failed';
}

/** Not yet given a pod. */
export function isUnprocessed(instance: VirtualMachineInstance): boolean {
  return phaseOf(instance) === '' || phaseOf(instance) === 'Pending';
}

export function isDeleted(object: Stored): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** An eviction has asked for this instance to leave its node. */
export function isMarkedForEviction(instance: VirtualMachineInstance): boolean {
  return (instance.status?.evacuationNodeName ?? '') !== '';
}

export function everRan(instance: VirtualMachineInstance | undefined): boolean {
  return instance?.status?.phaseTransitionTimestamps?.some(({ phase }) => phase === 'Running') ?? false;
}

/** Between start and end of the transfer, as printableStatus shows it: not while a target is prepared. */
export function isMigrating(instance: VirtualMachineInstance, now: Date): boolean {
  const state = instance.status?.migrationState;
  return isPast(state?.startTimestamp, now) && !isPast(state?.endTimestamp, now);
}

export function isMigrationFinal(migration: Migration): boolean {
  const phase = migration.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** From Scheduling to the end; what counts against the limits. */
export function isMigrationRunning(migration: Migration): boolean {
  const phase = migration.status?.phase ?? '';
  return !['', 'Pending', 'Failed', 'Succeeded', 'WaitingForSync', 'Synchronizing'].includes(phase);
}

/** Between clusters or namespaces: admitted here, but no such migration ever gets a partner. */
export function isDecentralised(migration: Migration): boolean {
  return (migration.spec.sendTo === undefined) !== (migration.spec.receive === undefined);
}

/** The first thing each controller of virt-controller does with an object that it has not seen. */
export function hasApiVersionAnnotations(object: Stored): boolean {
  return object.metadata.annotations?.[annotation.latestApiVersion] === 'v1';
}

export function withApiVersionAnnotations<T extends Stored>(object: T): T {
  const copy = structuredClone(object);
  copy.metadata.annotations = {
    ...copy.metadata.annotations,
    [annotation.latestApiVersion]: 'v1',
    [annotation.storageApiVersion]: 'v1',
  };
  return copy;
}

/** Sets the phase and, the first time, its timestamp. */
export function enterPhase(
  status: Pick<InstanceStatus, 'phase' | 'phaseTransitionTimestamps'>,
  phase: string,
  now: Date,
): void {
  if (status.phase === phase) {
    return;
  }
  status.phase = phase;
  const transitions = status.phaseTransitionTimestamps ?? [];
  if (!transitions.some((transition) => transition.phase === phase)) {
    status.phaseTransitionTimestamps = [...transitions, { phase, phaseTransitionTimestamp: timestamp(now) }];
  }
}

export function isControlledBy(object: Stored, owner: Stored): boolean {
  return (
    object.metadata.ownerReferences?.some(
      (ref) => ref.controller === true && ref.uid === owner.metadata.uid,
    ) ?? false
  );
}

/**
 * The newest pod on the instance's node, or the newest of all while it has no node. Pods of one second are no older than
 * each other: KubeVirt takes any of them, another at the next pass, and so gets to the one that lives.
 */
export function currentPod(instance: VirtualMachineInstance, pods: readonly Pod[]): Pod | undefined {
  const node = instance.status?.nodeName ?? '';
  const candidates = pods.filter((pod) => node === '' || pod.spec.nodeName === node);
  return candidates.reduce<Pod | undefined>(
    (newest, pod) => (newest === undefined || isPreferred(pod, newest) ? pod : newest),
    undefined,
  );
}

function isPreferred(pod: Pod, other: Pod): boolean {
  const [own = '', others = ''] = [pod.metadata.creationTimestamp, other.metadata.creationTimestamp];
  return own === others ? isPodDown(other) && !isPodDown(pod) : own > others;
}
