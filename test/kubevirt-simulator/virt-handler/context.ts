import { event, update } from '../engine/plan.ts';
import type { Plan } from '../engine/plan.ts';
import type { View } from '../engine/view.ts';
import type { Faults, InstanceFailures, Delays } from '../faults.ts';
import { currentPod } from '../objects/instance.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import type { InstanceStatus, Migration, MigrationState, VirtualMachineInstance } from '../objects/kinds.ts';

/** What the virt-handler of one node sees of one instance. */
export interface HandlerContext {
  readonly view: View;
  readonly node: string;
  /** Address at which the node receives migrations. */
  readonly address: string;
  readonly instance: VirtualMachineInstance;
  readonly pod: Pod | undefined;
  readonly state: MigrationState;
  readonly failures: InstanceFailures & { readonly delays: Delays };
}

export type Draft = VirtualMachineInstance & { status: InstanceStatus & { migrationState: MigrationState } };

export function handlerContext(
  parts: { readonly view: View; readonly faults: Faults; readonly node: string; readonly address: string },
  instance: VirtualMachineInstance,
): HandlerContext {
  const { view, faults, node, address } = parts;
  const state = instance.status?.migrationState ?? {};
  const migration = migrationOf(view, instance, state);
  return {
    view,
    node,
    address,
    instance,
    state,
    pod: currentPod(instance, view.podsOf(instance.metadata.uid)),
    failures: faults.of(instance, migration),
  };
}

function migrationOf(
  view: View,
  instance: VirtualMachineInstance,
  state: MigrationState | undefined,
): Migration | undefined {
  return view
    .migrationsOf(instance.metadata.namespace, instance.metadata.name)
    .find(({ metadata }) => metadata.uid === state?.migrationUid);
}

/** virt-handler writes the whole instance, and loses when its cache is behind. */
export function* updateInstance(
  context: HandlerContext,
  change: (draft: Draft) => void,
  text?: { type: 'Normal' | 'Warning'; reason: string; message: string },
): Plan {
  const draft = structuredClone(context.instance) as Draft;
  change(draft);
  yield* update('VirtualMachineInstance', draft, { expected: true });
  if (text !== undefined) {
    yield* event('VirtualMachineInstance', context.instance, { ...text, component: 'virt-handler' });
  }
}
