import type { ContainerStatus, Pod } from '../objects/cluster-kinds.ts';
import type { Stored } from '../objects/stored.ts';
import { annotation } from '../objects/names.ts';

/** Brings an object into the shape in which the recordings show it: no names, no bookkeeping, pods in short. */
export function cut(object: Stored): object {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  return { metadata: cutMetadata(metadata), ...rest };
}

function cutMetadata(metadata: Stored['metadata']): object {
  const { name: _name, namespace: _namespace, resourceVersion: _version, annotations, ...kept } = metadata;
  const { [annotation.pciTopology]: _topology, ...shown } = annotations ?? {};
  return { ...kept, ...(Object.keys(shown).length > 0 && { annotations: shown }) };
}

export function cutPod(pod: Pod): object {
  const { metadata, spec, status } = pod;
  const { generateName, uid, generation, creationTimestamp, labels, annotations, ownerReferences } = metadata;
  const { [annotation.pciTopology]: _topology, ...shown } = annotations ?? {};
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return {
    metadata: {
      generateName,
      uid,
      generation,
      creationTimestamp,
      labels,
      annotations: shown,
      ownerReferences,
      deletionTimestamp,
      deletionGracePeriodSeconds,
    },
    spec: {
      nodeName: spec.nodeName,
      nodeSelector: spec.nodeSelector,
      affinity: spec.affinity,
      readinessGates: spec.readinessGates,
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
      containers: [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name),
    },
    status: {
      phase: status?.phase,
      containers: Object.fromEntries(
        [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(containerState),
      ),
      conditions: (status?.conditions ?? []).map(({ type, status: value, reason }) => ({
        type,
        status: value,
        reason,
      })),
    },
  };
}

function containerState({ name, state }: ContainerStatus): [string, string] {
  return [name, Object.keys(state)[0] ?? 'waiting'];
}
