import type { JsonPatchOperation } from '../../../../src/kube/resource-client.ts';
import { jsonPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import type { View } from '../../engine/view.ts';
import { semanticEqual } from '../../objects/equal.ts';
import { isDeleted, isMigrating } from '../../objects/instance.ts';
import type { VirtualMachine, VirtualMachineInstance } from '../../objects/kinds.ts';
import { annotation } from '../../objects/names.ts';
import { SyncFailed } from '../common.ts';
import { specOfRevision } from './revision.ts';

/** Placement that KubeVirt pushes to a running instance without a restart. CPU and memory hotplug are not simulated. */
const liveFields = ['affinity', 'nodeSelector', 'tolerations'] as const;

export function* pushLiveFields(machine: VirtualMachine, instance: VirtualMachineInstance, now: Date): Plan {
  if (isDeleted(instance)) {
    return;
  }
  for (const name of liveFields) {
    const wanted = machine.spec.template.spec[name];
    const found = instance.spec[name];
    if (semanticEqual(wanted, found)) {
      continue;
    }
    if (isMigrating(instance, now)) {
      throw new SyncFailed(`${name} should not be changed during VMI migration`);
    }
    yield* jsonPatch('VirtualMachineInstance', instance, change(`/spec/${name}`, found, wanted));
  }
}

function change(path: string, found: unknown, wanted: unknown): JsonPatchOperation[] {
  if (wanted === undefined) {
    return [{ op: 'remove', path }];
  }
  return found === undefined
    ? [{ op: 'add', path, value: wanted }]
    : [
        { op: 'test', path, value: found },
        { op: 'replace', path, value: wanted },
      ];
}

/**
 * A template that equals the one the instance was started with makes the instance as new as the machine: so a change
 * that was taken back raises `vm-generation` of the running instance without a restart.
 */
export function* bumpGeneration(
  view: View,
  machine: VirtualMachine,
  instance: VirtualMachineInstance,
): Plan<VirtualMachineInstance> {
  const generation = String(machine.metadata.generation ?? 0);
  const annotations = instance.metadata.annotations ?? {};
  const started = specOfRevision(view, machine, instance.status?.virtualMachineRevisionName);
  if (
    annotations[annotation.vmGeneration] === generation ||
    started === undefined ||
    !semanticEqual(started.template, machine.spec.template)
  ) {
    return instance;
  }
  return yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path: '/metadata/annotations', value: annotations },
    {
      op: 'replace',
      path: '/metadata/annotations',
      value: { ...annotations, [annotation.vmGeneration]: generation },
    },
  ]);
}
