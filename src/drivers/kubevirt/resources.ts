import * as z from 'zod';
import {
  INSTANCE_UID_LABEL,
  MIGRATION_UID_LABEL,
  MODE_ANNOTATION,
  SESSION_ANNOTATION,
  SPEC_HASH_ANNOTATION,
} from '../../api/names.ts';
import { nativeDisks } from '../../domain/instance/native-disks.ts';
import { namesOfWritten } from '../../domain/instance/writable-disks.ts';
import type { Resource } from '../../kube/resource.ts';

export const VIRTUAL_MACHINES: Resource = kubeVirtResource('VirtualMachine', 'virtualmachines');
export const INSTANCES: Resource = kubeVirtResource('VirtualMachineInstance', 'virtualmachineinstances');
export const MIGRATIONS: Resource = kubeVirtResource(
  'VirtualMachineInstanceMigration',
  'virtualmachineinstancemigrations',
);
/** Calls, such as `restart`; served by virt-api through the aggregation layer. */
export const VIRTUAL_MACHINE_CALLS: Resource = { ...VIRTUAL_MACHINES, group: 'subresources.kubevirt.io' };

export const INSTANCE_CALLS: Resource = { ...INSTANCES, group: 'subresources.kubevirt.io' };

function kubeVirtResource(kind: string, plural: string): Resource {
  return { group: 'kubevirt.io', version: 'v1', plural, kind, namespaced: true };
}

/*
 * Of KubeVirt's objects, the fields that we use. Parsing drops all others, which keeps the caches small, and says which
 * changes matter to us at all: KubeVirt writes a VirtualMachineInstance six times before it runs. What KubeVirt may add
 * to an enumeration must not make an object unreadable, so enumerations are plain strings here.
 */

const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  deletionTimestamp: z.string().exactOptional(),
});

const BootAnnotations = z.object({
  [MODE_ANNOTATION]: z.string().exactOptional(),
  [SESSION_ANNOTATION]: z.string().exactOptional(),
  [SPEC_HASH_ANNOTATION]: z.string().exactOptional(),
});
export type BootAnnotations = z.infer<typeof BootAnnotations>;

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type Condition = z.infer<typeof Condition>;

/** `Ready` is never among them: it goes False for a moment at the end of each migration. */
function conditionsOfTypes(...types: readonly string[]) {
  return z
    .array(Condition)
    .optional()
    .transform((conditions = []) => conditions.filter(({ type }) => types.includes(type)));
}

const Firmware = z.object({ uuid: z.string().optional(), serial: z.string().optional() });

const Owner = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
});
export type Owner = z.infer<typeof Owner>;

const AnyObject = z.record(z.string(), z.unknown());
const WithTemplate = z.object({ spec: z.object({ template: AnyObject }) });

const StoredMachine = z.object({
  metadata: Metadata.extend({
    generation: z.int().exactOptional(),
    labels: z.object({ [INSTANCE_UID_LABEL]: z.string().exactOptional() }).exactOptional(),
    ownerReferences: z.array(Owner).exactOptional(),
  }),
  spec: z.object({
    runStrategy: z.string().optional(),
    /** The older form of runStrategy, on VMs that are not ours. */
    running: z.boolean().nullish(),
    template: z.object({
      metadata: z.object({ annotations: BootAnnotations.nullish() }).nullish(),
      spec: z
        .object({
          domain: z.object({
            firmware: Firmware.optional(),
            devices: z
              .object({
                interfaces: z
                  .array(z.object({ name: z.string(), macAddress: z.string().optional() }))
                  .optional(),
              })
              .optional(),
          }),
        })
        .optional(),
    }),
  }),
  status: z
    .object({
      printableStatus: z.string().optional(),
      /** Whether there is an instance, and the strategy that was followed, when this status was written. */
      created: z.boolean().optional(),
      runStrategy: z.string().optional(),
      conditions: conditionsOfTypes('Failure', 'Synchronized', 'PodScheduled'),
      stateChangeRequests: z.array(z.object({ action: z.string(), uid: z.string().optional() })).optional(),
      startFailure: z
        .object({
          consecutiveFailCount: z.int().optional(),
          retryAfterTimestamp: z.string().nullish(),
        })
        .nullish(),
    })
    .optional(),
});

/** Names of the disks that are written to. */
interface Written {
  readonly writes: readonly string[];
}

/**
 * One that was read; `template` is the whole of it as JSON, empty where it is none of ours: thousands of them are kept,
 * and rarely looked into.
 */
export type VirtualMachine = z.infer<typeof StoredMachine> & Written & { readonly template: string };

/** @throws ZodError where it is no VirtualMachine */
export function parseVirtualMachine(raw: unknown): VirtualMachine {
  const machine = StoredMachine.parse(raw);
  const { template } = WithTemplate.parse(raw).spec;
  const isOurs = machine.spec.template.metadata?.annotations?.[SPEC_HASH_ANNOTATION] !== undefined;
  return {
    ...machine,
    writes: namesOfWritten(nativeDisks(template), machine.metadata.namespace),
    template: isOurs ? JSON.stringify(template) : '',
  };
}

const MigrationState = z.object({
  /** uid of the VirtualMachineInstanceMigration; a finished one stays here until the next is handed over. */
  migrationUid: z.string().optional(),
  sourceNode: z.string().optional(),
  targetNode: z.string().optional(),
  startTimestamp: z.string().nullish(),
  endTimestamp: z.string().nullish(),
  mode: z.string().optional(),
  completed: z.boolean().optional(),
  failed: z.boolean().optional(),
  failureReason: z.string().optional(),
  abortRequested: z.boolean().optional(),
});
export type MigrationState = z.infer<typeof MigrationState>;

const RunningInstance = z.object({
  metadata: Metadata.extend({
    annotations: BootAnnotations.exactOptional(),
    ownerReferences: z.array(Owner).exactOptional(),
  }),
  spec: z
    .object({
      domain: z.object({ firmware: Firmware.optional() }).optional(),
    })
    .optional(),
  status: z
    .object({
      /** Phases that it was in, until now. */
      phaseTransitionTimestamps: z.array(z.object({ phase: z.string() })).optional(),
      phase: z.string().optional(),
      nodeName: z.string().optional(),
      /** Node from which its eviction was refused. */
      evacuationNodeName: z.string().optional(),
      /** Also what the backend made up where the VM says nothing. */
      interfaces: z.array(z.object({ name: z.string().optional(), mac: z.string().optional() })).nullish(),
      conditions: conditionsOfTypes('LiveMigratable', 'Paused', 'Synchronized', 'PodScheduled'),
      migrationState: MigrationState.nullish(),
    })
    .transform(({ phaseTransitionTimestamps = [], ...status }) => ({
      ...status,
      /** Whether its guest has ever run. */
      hasRun: phaseTransitionTimestamps.some(({ phase }) => phase === 'Running'),
    }))
    .optional(),
});
export type VirtualMachineInstance = z.infer<typeof RunningInstance> & Written;

/** @throws ZodError where it is no VirtualMachineInstance */
export function parseVirtualMachineInstance(raw: unknown): VirtualMachineInstance {
  const instance = RunningInstance.parse(raw);
  const disks = nativeDisks(AnyObject.parse(raw));
  return { ...instance, writes: namesOfWritten(disks, instance.metadata.namespace) };
}

/** What may hold a migration up; KubeVirt says nothing here of a target pod that can't be scheduled. */
const BLOCKERS = [
  'migrationRejectedByResourceQuota',
  'migrationBlockedByUtilityVolumes',
  'migrationBlockedByBackup',
];

/** On a migration until virt-controller has written all that it will. */
export const MIGRATION_FINALIZER = 'kubevirt.io/migrationJobFinalize';

export const Migration = z.object({
  metadata: Metadata.extend({
    creationTimestamp: z.string(),
    finalizers: z.array(z.string()).exactOptional(),
    labels: z.object({ [MIGRATION_UID_LABEL]: z.string().exactOptional() }).exactOptional(),
  }),
  spec: z.object({ vmiName: z.string() }),
  status: z
    .object({
      phase: z.string().optional(),
      conditions: conditionsOfTypes(...BLOCKERS),
      migrationState: MigrationState.nullish(),
    })
    .optional(),
});
export type Migration = z.infer<typeof Migration>;

/** Version of KubeVirt that a pod of its own belongs to; written by virt-operator. */
export const INSTALL_VERSION_ANNOTATION = 'kubevirt.io/install-strategy-version';

/** A pod of virt-handler. */
export const HandlerPod = z.object({
  metadata: Metadata.extend({
    annotations: z.object({ [INSTALL_VERSION_ANNOTATION]: z.string().exactOptional() }).exactOptional(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    containers: z.array(z.object({ name: z.string(), image: z.string().optional() })),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
    })
    .optional(),
});
export type HandlerPod = z.infer<typeof HandlerPod>;
