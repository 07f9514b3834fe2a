import type { View } from '../../engine/view.ts';
import type { Fresh } from '../../engine/plan.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { Migration, VirtualMachineInstance } from '../../objects/kinds.ts';
import { annotation, label } from '../../objects/names.ts';
import { launcherPod } from '../instance/launcher-pod.ts';
import { SyncFailed } from '../common.ts';

const hostModel = 'host-model-cpu.node.kubevirt.io/';
const hostModelFeatures = 'host-model-required-features.node.kubevirt.io/';
const migrationModel = 'cpu-model-migration.node.kubevirt.io/';
const cpuFeature = 'cpu-feature.node.kubevirt.io/';
const cpuVendor = 'cpu-vendor.node.kubevirt.io/';

/**
 * The pod that a migration goes to: the instance's own, never on its own node, only on nodes with its CPU model and
 * vendor. The added node selector can narrow the choice, not widen it.
 */
export function targetPod(
  view: View,
  migration: Migration,
  instance: VirtualMachineInstance,
  sourcePod: Pod,
): Fresh<Pod> {
  const pod = launcherPod(instance, migration);
  const source = view.get('Node', instance.status?.nodeName ?? '')?.metadata.labels ?? {};
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, [label.migrationJob]: migration.metadata.uid ?? '' },
      annotations: { ...pod.metadata.annotations, [annotation.migrationJobName]: migration.metadata.name },
    },
    spec: {
      ...pod.spec,
      affinity: { ...pod.spec.affinity, podAntiAffinity: notBesideItself(instance) },
      nodeSelector: {
        ...migration.spec.addedNodeSelector,
        ...pod.spec.nodeSelector,
        ...(instance.spec.domain.cpu?.model === 'host-model' && cpuModelOf(source, sourcePod)),
        ...withPrefix(source, cpuVendor),
      },
    },
  };
}

function notBesideItself(instance: VirtualMachineInstance): object {
  return {
    requiredDuringSchedulingIgnoredDuringExecution: [
      {
        labelSelector: { matchLabels: { [label.createdBy]: instance.metadata.uid ?? '' } },
        topologyKey: 'kubernetes.io/hostname',
      },
    ],
  };
}

/** An instance that has migrated before keeps the model it was migrated with; else it is the source node's. */
function cpuModelOf(node: Record<string, string>, sourcePod: Pod): Record<string, string> {
  const before = sourcePod.spec.nodeSelector ?? {};
  const inherited = { ...withPrefix(before, migrationModel), ...withPrefix(before, cpuFeature) };
  if (Object.keys(inherited).length > 0) {
    return inherited;
  }
  const [model] = Object.entries(withPrefix(node, hostModel));
  if (model === undefined) {
    throw new SyncFailed(
      `unable to locate host cpu model, does not contain label "${hostModel}" with information`,
    );
  }
  const features = Object.entries(withPrefix(node, hostModelFeatures)).map(
    ([key, value]) => [key.replace(hostModelFeatures, cpuFeature), value] as const,
  );
  return { ...Object.fromEntries(features), [model[0].replace(hostModel, migrationModel)]: model[1] };
}

function withPrefix(labels: Record<string, string>, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith(prefix)));
}
