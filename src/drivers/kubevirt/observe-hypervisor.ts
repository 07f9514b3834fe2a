import { KUBEVIRT_SCHEDULABLE_LABEL } from '../../domain/host-labels.ts';
import type { ObservedHypervisor, ObservedNode } from '../../domain/observed.ts';
import { INSTALL_VERSION_ANNOTATION, type HandlerPod } from './resources.ts';

/** On a Node: when its virt-handler was last heard of. RFC 3339, written every 1 to 2.2 minutes. */
const HEARTBEAT_ANNOTATION = 'kubevirt.io/heartbeat';
/** virt-controller, too, takes a node for lost then. Milliseconds. */
const HEARTBEAT_LIMIT = 300_000;

/**
 * What virt-handler's pods and its words on the Node say together; `undefined`: there is no virt-handler. While one pod
 * is replaced by another there may be two of them, and which of them does the work nobody can say: then it is not ready.
 */
export function observeHypervisor(
  node: ObservedNode | undefined,
  pods: readonly HandlerPod[],
): ObservedHypervisor | undefined {
  const [pod, ...others] = pods.filter(({ status }) => !OVER.has(status?.phase));
  if (node === undefined || pod === undefined) return undefined;
  const heartbeat = Date.parse(node.annotations[HEARTBEAT_ANNOTATION] ?? '');
  return {
    ready: others.length === 0 && isWorking(pod) && !Number.isNaN(heartbeat),
    accepting: node.labels[KUBEVIRT_SCHEDULABLE_LABEL] === 'true',
    version: versionOf(pod),
    validUntil: Number.isNaN(heartbeat) ? undefined : new Date(heartbeat + HEARTBEAT_LIMIT).toISOString(),
  };
}

const OVER: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

function isWorking({ metadata, status }: HandlerPod): boolean {
  const ready = status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  return metadata.deletionTimestamp === undefined && ready === true;
}

/** virt-operator writes the version on the pod; else it is the tag of the image, where that has one. */
function versionOf({ metadata, spec }: HandlerPod): string | undefined {
  const image = spec.containers.find(({ name }) => name === 'virt-handler')?.image ?? '';
  const [name = ''] = image.split('@');
  return metadata.annotations?.[INSTALL_VERSION_ANNOTATION] ?? /:([^:/]+)$/.exec(name)?.[1];
}
