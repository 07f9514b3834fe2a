import type { Affinity, Pod } from '../../objects/cluster-kinds.ts';
import type { Migration, VirtualMachineInstance } from '../../objects/kinds.ts';
import { annotation, label, launcherImage, unpausedCondition } from '../../objects/names.ts';
import type { Fresh } from '../../engine/plan.ts';

/** KubeVirt gives a launcher this long beyond the guest's own grace period. Seconds. */
const launcherGraceSeconds = 30;
const defaultGraceSeconds = 30;

/** Annotations of an instance that its pods don't get. */
const keptFromPods: readonly string[] = [
  annotation.latestApiVersion,
  annotation.storageApiVersion,
  'kubectl.kubernetes.io/last-applied-configuration',
];

const requests = { cpu: '100m', memory: '256Mi' };

/** The virt-launcher pod of an instance, as far as anyone but a kubelet looks at it. */
export function launcherPod(instance: VirtualMachineInstance, migration?: Migration): Fresh<Pod> {
  const { spec } = instance;
  return {
    metadata: {
      generateName: `virt-launcher-${instance.metadata.name}-`,
      ...(instance.metadata.namespace !== undefined && { namespace: instance.metadata.namespace }),
      labels: podLabels(instance),
      annotations: podAnnotations(instance),
      ownerReferences: [
        {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachineInstance',
          name: instance.metadata.name,
          uid: instance.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds:
        (spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) + launcherGraceSeconds,
      nodeSelector: nodeSelector(instance),
      affinity: affinity(spec.affinity),
      ...(spec.tolerations !== undefined && { tolerations: spec.tolerations }),
      readinessGates: [{ conditionType: unpausedCondition }],
      initContainers: initContainers(instance, migration),
      // Local storage: `kubectl drain` wants --delete-emptydir-data for it.
      volumes: [{ name: 'private', emptyDir: {} }, ...seedVolumes(instance)],
      containers: [{ name: 'compute', image: launcherImage, resources: { requests } }],
    },
  };
}

function podLabels(instance: VirtualMachineInstance): Record<string, string> {
  return {
    ...instance.metadata.labels,
    [label.app]: 'virt-launcher',
    [label.createdBy]: instance.metadata.uid ?? '',
    'vm.kubevirt.io/name': instance.metadata.name,
    'vmi.kubevirt.io/id': instance.metadata.name,
  };
}

function podAnnotations(instance: VirtualMachineInstance): Record<string, string> {
  const kept = Object.entries(instance.metadata.annotations ?? {}).filter(
    ([key]) => !keptFromPods.includes(key),
  );
  return {
    ...Object.fromEntries(kept),
    [annotation.domain]: instance.metadata.name,
    [annotation.migrationTransportUnix]: 'true',
  };
}

/** The machine type is the resolved one as soon as the guest has run: a node without that very type is no target. */
function nodeSelector(instance: VirtualMachineInstance): Record<string, string> {
  const machine = instance.status?.machine?.type ?? instance.spec.domain.machine?.type ?? 'q35';
  return {
    ...instance.spec.nodeSelector,
    [label.schedulable]: 'true',
    'kubernetes.io/arch': instance.spec.architecture ?? 'amd64',
    [`machine-type.node.kubevirt.io/${machine}`]: 'true',
  };
}

function affinity(own: Affinity | undefined): Affinity {
  const obsolete = { key: 'node-labeller.kubevirt.io/obsolete-host-model', operator: 'DoesNotExist' };
  const terms = own?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  return {
    ...own,
    nodeAffinity: {
      ...own?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((term) => ({
          ...term,
          matchExpressions: [...(term.matchExpressions ?? []), obsolete],
        })),
      },
    },
  };
}

/** What a seed for cloud-init is made from is mounted: a Secret that is not there keeps the whole pod from starting. */
function seedVolumes({ spec }: VirtualMachineInstance): { name: string; secret: { secretName: string } }[] {
  return (spec.volumes ?? []).flatMap(({ name, cloudInitNoCloud, cloudInitConfigDrive }) => {
    const seed = cloudInitNoCloud ?? cloudInitConfigDrive;
    return [
      ...secretVolume(`${name}-udata`, seed?.secretRef?.name),
      ...secretVolume(`${name}-ndata`, seed?.networkDataSecretRef?.name),
    ];
  });
}

function secretVolume(
  name: string,
  secretName: string | undefined,
): { name: string; secret: { secretName: string } }[] {
  return secretName === undefined ? [] : [{ name, secret: { secretName } }];
}

/** Container disks are image volumes: an init container each, but none in a migration's target. */
function initContainers(
  instance: VirtualMachineInstance,
  migration: Migration | undefined,
): { name: string; image: string; restartPolicy?: string }[] {
  const console = { name: 'guest-console-log', image: launcherImage, restartPolicy: 'Always' };
  if (migration !== undefined) {
    return [console];
  }
  const disks = (instance.spec.volumes ?? []).flatMap(({ name, containerDisk }) =>
    containerDisk === undefined ? [] : [{ name: `volume${name}`, image: containerDisk.image }],
  );
  return [console, ...disks];
}
