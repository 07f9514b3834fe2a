import type { Fresh } from '../../engine/plan.ts';
import type { VirtualMachine, VirtualMachineInstance } from '../../objects/kinds.ts';
import { annotation, finalizer } from '../../objects/names.ts';
import { legacyFirmwareUuid } from './legacy-uuid.ts';
import { ownerReference } from './revision.ts';

/** The instance that a machine is started as. */
export function instanceOf(machine: VirtualMachine, revisionName: string): Fresh<VirtualMachineInstance> {
  const { template } = structuredClone(machine.spec);
  const { firmware } = template.spec.domain;
  // Without a UUID in the template the guest gets one that is made from its name: not the one it had before.
  const uuid = (firmware?.uuid ?? '') === '' ? legacyFirmwareUuid(machine.metadata.name) : firmware?.uuid;
  return {
    metadata: {
      ...template.metadata,
      name: machine.metadata.name,
      namespace: machine.metadata.namespace ?? '',
      annotations: {
        ...template.metadata?.annotations,
        [annotation.vmGeneration]: String(machine.metadata.generation ?? 0),
      },
      finalizers: [finalizer.virtualMachine],
      ownerReferences: [ownerReference(machine)],
    },
    spec: {
      ...template.spec,
      domain: { ...template.spec.domain, firmware: { ...firmware, uuid: uuid ?? '' } },
    },
    status: { virtualMachineRevisionName: revisionName },
  };
}
