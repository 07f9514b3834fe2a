import * as z from 'zod';
import {
  ANCHOR_LABEL,
  ANCHOR_ORDER_ANNOTATION,
  INSTANCE_LABEL,
  INSTANCE_UID_LABEL,
  MIGRATION_UID_LABEL,
} from '../../api/names.ts';
import type { ObservedAnchor } from '../../domain/anchor/placement.ts';
import { formatKey, type Resource } from '../../kube/resource.ts';
import type { Indices } from '../../runtime/index-table.ts';

export const BUDGETS: Resource = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

/** What is watched of both: nothing else of the cluster. */
export const OURS = `${ANCHOR_LABEL}=true`;

const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  deletionTimestamp: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const FieldRequirement = z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()) });

/** Of an anchor Pod, what is used. */
export const AnchorPod = z.object({
  metadata: Metadata,
  spec: z.object({
    nodeName: z.string().optional(),
    affinity: z
      .object({
        nodeAffinity: z.object({
          requiredDuringSchedulingIgnoredDuringExecution: z.object({
            nodeSelectorTerms: z.array(z.object({ matchFields: z.array(FieldRequirement).default([]) })),
          }),
        }),
      })
      .optional(),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([]),
    })
    .prefault({}),
});
export type AnchorPod = z.infer<typeof AnchorPod>;

export const Budget = z.object({ metadata: Metadata });
export type Budget = z.infer<typeof Budget>;

export const BY_INSTANCE_UID = 'instance-uid';

export const ANCHOR_INDICES: Indices<AnchorPod> = {
  [BY_INSTANCE_UID]: ({ metadata }) => [metadata.labels[INSTANCE_UID_LABEL] ?? ''],
};

/** `namespace/name` of the Instance that a Pod or a budget of ours belongs to. */
export function anchoredBy({ metadata: { namespace, labels } }: AnchorPod | Budget): string {
  return formatKey({ namespace, name: labels[INSTANCE_LABEL] ?? '' });
}

export function observeAnchor({ metadata, spec, status }: AnchorPod): ObservedAnchor {
  return {
    name: metadata.name,
    uid: metadata.uid,
    migrationUid: metadata.labels[MIGRATION_UID_LABEL],
    node: spec.nodeName,
    onlyOn: onlyNode(spec),
    order: metadata.annotations[ANCHOR_ORDER_ANNOTATION] ?? '',
    phase: phaseOf({ metadata, status }),
    unschedulable: status.conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
      ?.message,
  };
}

function onlyNode({ affinity }: AnchorPod['spec']): string | undefined {
  const terms = affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms ?? [];
  return terms
    .flatMap(({ matchFields }) => matchFields)
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values[0];
}

function phaseOf({ metadata, status }: Pick<AnchorPod, 'metadata' | 'status'>): ObservedAnchor['phase'] {
  if (metadata.deletionTimestamp !== undefined) return 'Leaving';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? 'Ended' : 'Standing';
}
