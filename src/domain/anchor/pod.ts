import {
  ANCHOR_LABEL,
  ANCHOR_ORDER_ANNOTATION,
  GROUP,
  INSTANCE_LABEL,
  INSTANCE_UID_LABEL,
  MIGRATION_UID_LABEL,
  STORAGE_VERSION,
} from '../../api/names.ts';
import type { Instance } from '../../api/instance.ts';
import { fingerprint } from '../fingerprint.ts';
import type { AnchorOrder } from './order.ts';

/** What all anchors have in common. */
export interface AnchorSettings {
  readonly image: string;
  /** `undefined`: the cluster's default. */
  readonly priorityClass: string | undefined;
}

type Owner = Pick<Instance['metadata'], 'namespace' | 'name' | 'uid'>;

/** The Pod of an anchor: it does nothing, and takes what the VM takes. */
export function anchorPod(order: AnchorOrder, owner: Owner, { image, priorityClass }: AnchorSettings) {
  const { name, requests, nodeSelector, migrationUid } = order;
  return {
    metadata: {
      name,
      namespace: owner.namespace,
      labels: {
        ...labelsOf(owner),
        ...(migrationUid !== undefined && { [MIGRATION_UID_LABEL]: migrationUid }),
      },
      annotations: { [ANCHOR_ORDER_ANNOTATION]: fingerprint(order) },
      ownerReferences: [ownerReference(owner)],
    },
    spec: {
      nodeSelector,
      ...affinityOf(order),
      // It says that the VM is there; what happens to the node does not change that.
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Nothing in it has to come to an end: one that is deleted is gone at once, also from a node that is not heard of.
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'vm',
          image,
          resources: { requests: { cpu: String(requests.cores), memory: String(requests.memoryBytes) } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

/** By name: a label can be changed by a kubelet, and two nodes may have the same one. */
function affinityOf({ onlyOn, notOn }: AnchorOrder) {
  const field = (operator: 'In' | 'NotIn', node: string | undefined) =>
    node === undefined ? [] : [{ key: 'metadata.name', operator, values: [node] }];
  const matchFields = [...field('In', onlyOn), ...field('NotIn', notOn)];
  if (matchFields.length === 0) return {};
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
      },
    },
  };
}

/** Name of the PodDisruptionBudget of an Instance's anchors. */
export function budgetName({ name }: Pick<Owner, 'name'>): string {
  return `${name}-anchors`;
}

/** As many as there ever are: no eviction is let through past medevac, also while two stand. */
export function anchorBudget(owner: Owner) {
  return {
    metadata: {
      name: budgetName(owner),
      namespace: owner.namespace,
      labels: labelsOf(owner),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { minAvailable: 2, selector: { matchLabels: labelsOf(owner) } },
  };
}

function labelsOf({ name, uid }: Owner): Record<string, string> {
  return { [ANCHOR_LABEL]: 'true', [INSTANCE_LABEL]: name, [INSTANCE_UID_LABEL]: uid };
}

function ownerReference({ name, uid }: Owner) {
  return { apiVersion: `${GROUP}/${STORAGE_VERSION}`, kind: 'Instance', name, uid, controller: true };
}
