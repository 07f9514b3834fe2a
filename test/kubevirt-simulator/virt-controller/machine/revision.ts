import { keyOf } from '../../../../src/kube/resource.ts';
import { create, remove } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import type { Revision, VirtualMachine, VirtualMachineSpec } from '../../objects/kinds.ts';

function prefixOf(machine: VirtualMachine): string {
  return `revision-start-vm-${machine.metadata.uid ?? ''}-`;
}

function revisionsOf(view: View, machine: VirtualMachine): Revision[] {
  return view
    .list('ControllerRevision')
    .filter(({ metadata }) => metadata.name.startsWith(prefixOf(machine)));
}

/** The spec that the latest instance was started with. */
export function startedSpec(view: View, machine: VirtualMachine): VirtualMachineSpec | undefined {
  const newest = revisionsOf(view, machine).toSorted((a, b) => b.revision - a.revision)[0];
  return newest?.data?.spec;
}

/** The spec that a certain instance was started with. */
export function specOfRevision(
  view: View,
  machine: VirtualMachine,
  name: string | undefined,
): VirtualMachineSpec | undefined {
  return view.get('ControllerRevision', keyIn(machine, name))?.data?.spec;
}

/** Keeps the spec that is about to be started, and only that. */
export function* createRevision(view: View, machine: VirtualMachine): Plan<string> {
  const generation = machine.metadata.generation ?? 0;
  const name = `${prefixOf(machine)}${generation}`;
  let exists = false;
  for (const revision of revisionsOf(view, machine)) {
    if (revision.metadata.name === name) {
      exists = true;
    } else {
      yield* remove('ControllerRevision', keyOf(revision), { expected: true });
    }
  }
  if (!exists) {
    yield* create('ControllerRevision', revisionOf(machine, name, generation), { expected: true });
  }
  return name;
}

function revisionOf(machine: VirtualMachine, name: string, generation: number): Revision {
  return {
    metadata: {
      name,
      namespace: machine.metadata.namespace ?? '',
      ownerReferences: [ownerReference(machine)],
    },
    revision: generation,
    data: { spec: machine.spec },
  };
}

export function ownerReference(machine: VirtualMachine): {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
  blockOwnerDeletion: boolean;
} {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    name: machine.metadata.name,
    uid: machine.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
