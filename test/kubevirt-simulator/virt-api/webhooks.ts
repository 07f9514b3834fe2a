/** virt-api's admission webhooks: what they fill in, and what they refuse with which code and text. */
import { randomUUID } from 'node:crypto';
import { formatKey } from '../../../src/kube/resource.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { semanticEqual } from '../objects/equal.ts';
import { isDecentralised, isFinal, isMigrationFinal } from '../objects/instance.ts';
import type { Migration, VirtualMachine, VirtualMachineInstance } from '../objects/kinds.ts';
import { annotation, finalizer, label } from '../objects/names.ts';
import { timestamp } from '../objects/time.ts';
import { findCondition } from '../objects/conditions.ts';
import { allowed, denied, invalid, invalidUnless, isKubeVirt, patched } from './admission.ts';
import type { AdmissionRequest, AdmissionResponse, Cause } from './admission.ts';
import type { ApiClient } from './client.ts';
import { likeGo } from './like-go.ts';
import { withInstanceDefaults } from './spec-defaults.ts';
import { validateVolumeDisks } from './validate-disks.ts';
import {
  reservedLabels,
  validateInstanceSpec,
  validateLabels,
  validateMachineSpec,
} from './validate-spec.ts';

/** Identity is made up only when a machine is created; a later edit that drops it does not bring it back. */
export function mutateMachine(request: AdmissionRequest): AdmissionResponse {
  const machine = request.object as VirtualMachine;
  const template = (machine.spec as Partial<VirtualMachine['spec']>).template;
  if (machine.metadata.deletionTimestamp !== undefined || template === undefined) {
    return allowed;
  }
  const rendered = likeGo(template.spec);
  const { domain } = rendered;
  const created = request.operation === 'CREATE';
  const firmware = { uuid: randomUUID(), serial: randomUUID(), ...domain.firmware };
  const machineType = domain.machine?.type ?? 'q35';
  const spec = {
    ...machine.spec,
    template: {
      ...template,
      ...(created && machineType.includes('q35') && { metadata: withTopology(template.metadata) }),
      spec: {
        ...rendered,
        architecture: rendered.architecture ?? 'amd64',
        domain: {
          ...domain,
          machine: { ...domain.machine, type: machineType },
          ...(created && { firmware }),
        },
      },
    },
  };
  return patched({ op: 'replace', path: '/spec', value: spec });
}

function withTopology(metadata: { annotations?: Record<string, string> } | undefined): object {
  return { ...metadata, annotations: { [annotation.pciTopology]: 'v3', ...metadata?.annotations } };
}

export function validateMachine(request: AdmissionRequest): AdmissionResponse {
  const machine = request.object as VirtualMachine;
  return machine.metadata.deletionTimestamp === undefined
    ? invalidUnless(validateMachineSpec(machine.spec, isKubeVirt(request)))
    : allowed;
}

export function mutateInstance(request: AdmissionRequest): AdmissionResponse {
  const instance = request.object as VirtualMachineInstance;
  if (request.operation === 'UPDATE') {
    return revertForeignStatus(request, instance, request.oldObject as VirtualMachineInstance);
  }
  const { spec, status } = withInstanceDefaults({ ...instance, spec: likeGo(instance.spec) });
  const time = timestamp(new Date());
  return patched(
    { op: 'replace', path: '/spec', value: spec },
    {
      op: 'replace',
      path: '/metadata',
      value: {
        ...withTopology(instance.metadata),
        finalizers: [...(instance.metadata.finalizers ?? []), finalizer.instance],
      },
    },
    {
      op: 'add',
      path: '/status',
      value: {
        ...status,
        phase: 'Pending',
        phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: time }],
      },
    },
  );
}

/** The kind has no status subresource, so that a foreign write to the status is answered 200 and dropped. */
function revertForeignStatus(
  request: AdmissionRequest,
  instance: VirtualMachineInstance,
  before: VirtualMachineInstance,
): AdmissionResponse {
  return isKubeVirt(request) || semanticEqual(instance.status, before.status)
    ? allowed
    : patched({ op: 'replace', path: '/status', value: before.status ?? {} });
}

export function validateInstanceCreate(request: AdmissionRequest): AdmissionResponse {
  const instance = request.object as VirtualMachineInstance;
  return invalidUnless([
    ...validateInstanceSpec('spec', instance.spec),
    ...validateVolumeDisks('spec', instance.spec),
    ...(isKubeVirt(request) ? [] : validateLabels('metadata', instance.metadata.labels)),
  ]);
}

export function validateInstanceUpdate(request: AdmissionRequest): AdmissionResponse {
  const instance = request.object as VirtualMachineInstance;
  const before = request.oldObject as VirtualMachineInstance;
  if (isKubeVirt(request)) {
    return allowed;
  }
  if (!semanticEqual(instance.spec, before.spec)) {
    return notSupported('update of VMI object is restricted');
  }
  const reserved = reservedLabels.some(
    (key) => instance.metadata.labels?.[key] !== before.metadata.labels?.[key],
  );
  return reserved
    ? notSupported('modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited')
    : allowed;
}

function notSupported(message: string): AdmissionResponse {
  return invalid([{ reason: 'FieldValueNotSupported', message }]);
}

export function mutateMigration(request: AdmissionRequest): AdmissionResponse {
  const { metadata, spec } = request.object as Migration;
  return patched({
    op: 'replace',
    path: '/metadata',
    value: {
      ...metadata,
      labels: { ...metadata.labels, [label.migrationSelector]: spec.vmiName ?? '' },
      finalizers: [...(metadata.finalizers ?? []), finalizer.migration],
    },
  });
}

/** In KubeVirt's order. Two creations at the same moment can both pass: nothing but this looks for others. */
export async function validateMigrationCreate(
  client: ApiClient,
  request: AdmissionRequest,
): Promise<AdmissionResponse> {
  const migration = request.object as Migration;
  const causes = migrationCauses(migration, request);
  if (causes.length > 0) {
    return invalid(causes);
  }
  const key = { namespace: request.namespace ?? '', name: migration.spec.vmiName ?? '' };
  const instance = await client.find('VirtualMachineInstance', key);
  const refusal =
    instance === undefined ? `the VMI "${formatKey(key)}" does not exist` : refusalOf(migration, instance);
  return refusal === undefined ? await refuseWhileMigrating(client, key) : denied(refusal);
}

function migrationCauses({ spec }: Migration, request: AdmissionRequest): Cause[] {
  if ((spec.vmiName ?? '') === '') {
    return [{ reason: 'FieldValueRequired', message: 'vmiName is missing', field: 'spec.vmiName' }];
  }
  if (spec.priority === undefined || request.userInfo.username.endsWith(':kubevirt-controller')) {
    return [];
  }
  const message = 'Migration priority queue, only virt-controller is allowed to set priority field';
  return [{ reason: 'FieldValueForbidden', message, field: 'spec.migrationPriority' }];
}

async function refuseWhileMigrating(
  client: ApiClient,
  { namespace, name }: ObjectKey,
): Promise<AdmissionResponse> {
  const selector = `${label.migrationSelector} in (${name})`;
  const others = await client.list('VirtualMachineInstanceMigration', namespace, selector);
  const active = others.find((other) => !isMigrationFinal(other));
  if (active === undefined) {
    return allowed;
  }
  const job = `Active migration job (${active.metadata.uid ?? ''}) is currently already in progress for VMI ${name}.`;
  return denied(`in-flight migration detected. ${job}`);
}

function refusalOf(migration: Migration, instance: VirtualMachineInstance): string | undefined {
  if (isFinal(instance)) {
    return 'Cannot migrate VMI in finalized state.';
  }
  const condition = findCondition(instance.status, 'LiveMigratable');
  const ignored = condition?.reason === 'DisksNotLiveMigratable' && isDecentralised(migration);
  return condition?.status === 'False' && !ignored
    ? `Cannot migrate VMI, Reason: ${condition.reason ?? ''}, Message: ${condition.message ?? ''}`
    : undefined;
}

export function validateMigrationUpdate(request: AdmissionRequest): AdmissionResponse {
  const migration = request.object as Migration;
  const before = request.oldObject as Migration;
  if (!semanticEqual(migration.spec, before.spec)) {
    return notSupported("update of Migration object's spec is restricted");
  }
  const had = before.metadata.labels?.[label.migrationSelector];
  if (
    isMigrationFinal(migration) ||
    had === undefined ||
    had === migration.metadata.labels?.[label.migrationSelector]
  ) {
    return allowed;
  }
  return notSupported(
    migration.metadata.labels === undefined
      ? "selector label can't be removed from an in-flight migration"
      : "selector label can't be modified on an in-flight migration",
  );
}
