import * as z from 'zod';

/*
 * Of our kinds, what the plugin reads. A plugin is often older than the cluster, and what is stored may be older than
 * both: a field that can't be read is taken for absent, and the object is shown all the same. The schemas of src/api are
 * not built for it: they would take a tenth of the time in which the plugin is to start.
 */

const ManagedFields = z.object({
  manager: z.string().default(''),
  operation: z.string().optional(),
  subresource: z.string().optional(),
  time: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
export type ManagedFields = z.infer<typeof ManagedFields>;

const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int().default(0),
  creationTimestamp: z.string().default(''),
  managedFields: z.array(ManagedFields).default([]),
});

const Conditions = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(''),
      message: z.string().default(''),
      lastTransitionTime: z.string().default(''),
    }),
  )
  .default([])
  .catch([]);

const text = z.string().optional().catch(undefined);
const whole = z.int().optional().catch(undefined);

const InstanceShown = z.object({
  observedGeneration: z.int().default(-1).catch(-1),
  state: text,
  node: text,
  resolved: z.object({ driver: z.string() }).optional().catch(undefined),
  rescue: z
    .object({
      since: z.string(),
      image: z.string(),
      expiresAt: z.string().optional(),
      expired: z.object({ action: z.string() }).optional(),
    })
    .optional()
    .catch(undefined),
  operation: z.object({ type: z.string() }).optional().catch(undefined),
  migration: z
    .object({ name: z.string(), source: z.string(), destination: z.string().optional() })
    .optional()
    .catch(undefined),
  conditions: Conditions,
});

export const InstanceObject = z.object({
  metadata: Metadata,
  spec: z.object({ driver: text, rescue: z.record(z.string(), z.unknown()).optional().catch(undefined) }),
  status: InstanceShown.prefault({}).catch(InstanceShown.parse({})),
});
export type InstanceObject = z.infer<typeof InstanceObject>;

const Node = z.object({ node: z.string() }).optional().catch(undefined);

const Progress = z.object({
  percent: whole,
  memoryTotalBytes: whole,
  memoryProcessedBytes: whole,
  memoryRemainingBytes: whole,
  diskTotalBytes: whole,
  diskProcessedBytes: whole,
  diskRemainingBytes: whole,
  observedTime: z.string(),
});
export type Progress = z.infer<typeof Progress>;

const MigrationShown = z.object({
  phase: text,
  instanceState: text,
  source: Node,
  destination: Node,
  outcome: Node,
  progress: Progress.optional().catch(undefined),
  startTime: text,
  completionTime: text,
  transferMilliseconds: whole,
  downtimeMilliseconds: whole,
  conditions: Conditions,
});

export const MigrationObject = z.object({
  metadata: Metadata,
  spec: z.object({
    instanceName: z.string(),
    destination: z.object({ nodeName: text }).optional().catch(undefined),
    abort: z.boolean().default(false).catch(false),
    forceComplete: z.boolean().default(false).catch(false),
  }),
  status: MigrationShown.prefault({}).catch(MigrationShown.parse({})),
});
export type MigrationObject = z.infer<typeof MigrationObject>;

/** What one of the conditions of an object says. */
export function conditionOf(
  { status }: InstanceObject | MigrationObject,
  type: string,
): InstanceObject['status']['conditions'][number] | undefined {
  return status.conditions.find((condition) => condition.type === type);
}

/** `namespace/name`. */
export function keyText({ metadata: { namespace, name } }: Pick<InstanceObject, 'metadata'>): string {
  return `${namespace}/${name}`;
}

const FINAL_PHASES: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed', 'Aborted']);

/** Whether a migration has ended, and never changes any more. */
export function isOver({ status: { phase } }: MigrationObject): boolean {
  return FINAL_PHASES.has(phase);
}
