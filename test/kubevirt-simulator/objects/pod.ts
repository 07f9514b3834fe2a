import type { Pod } from './cluster-kinds.ts';

export function isPodDown(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isPodDownOrGoingDown(pod: Pod): boolean {
  return isPodDown(pod) || isComputeTerminated(pod) || pod.metadata.deletionTimestamp !== undefined;
}

/** KubeVirt's own notion: running containers, whatever the readiness gates say. */
export function isPodReady(pod: Pod): boolean {
  const running = pod.status?.containerStatuses?.every(({ name, ready, state }) =>
    name === 'compute' ? state.running !== undefined : ready,
  );
  return !isPodDownOrGoingDown(pod) && running !== false && pod.status?.phase === 'Running';
}

export function isPodUnschedulable(pod: Pod): boolean {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return (
    pod.status?.phase === 'Pending' &&
    pod.metadata.deletionTimestamp === undefined &&
    scheduled?.status === 'False' &&
    scheduled.reason === 'Unschedulable'
  );
}

function isComputeTerminated(pod: Pod): boolean {
  const compute = pod.status?.containerStatuses?.find(({ name }) => name === 'compute');
  return compute?.state.terminated !== undefined;
}
