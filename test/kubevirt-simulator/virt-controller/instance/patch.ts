import type { JsonPatchOperation } from '../../../../src/kube/resource-client.ts';
import { jsonPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { conditionsEqual } from '../../objects/conditions.ts';
import { orNull, semanticEqual } from '../../objects/equal.ts';
import type { VirtualMachineInstance } from '../../objects/kinds.ts';
import type { Draft } from './draft.ts';

/**
 * From Scheduled on, virt-handler updates the instance, so virt-controller patches what it owns, with a `test` of what
 * it believes to be there. With a stale cache that test fails, as 422.
 */
export function* patchInstance(before: VirtualMachineInstance, after: Draft): Plan {
  const patch = operations(before, after);
  if (patch.length > 0) {
    yield* jsonPatch('VirtualMachineInstance', before, patch);
  }
}

function operations(before: VirtualMachineInstance, after: Draft): JsonPatchOperation[] {
  const old = before.status ?? {};
  const { status } = after;
  return [
    ...field('/status/volumeStatus', old.volumeStatus, status.volumeStatus),
    ...(conditionsEqual(old.conditions, status.conditions)
      ? []
      : testAndReplace('/status/conditions', old.conditions, status.conditions)),
    ...(semanticEqual(old.activePods, status.activePods)
      ? []
      : testAndReplace('/status/activePods', old.activePods, status.activePods)),
    ...(old.phase === status.phase ? [] : testAndReplace('/status/phase', old.phase, status.phase)),
    ...field(
      '/status/launcherContainerImageVersion',
      old.launcherContainerImageVersion,
      status.launcherContainerImageVersion,
    ),
    ...field('/metadata/labels', before.metadata.labels, after.metadata.labels),
    ...field('/metadata/finalizers', before.metadata.finalizers, after.metadata.finalizers),
  ];
}

/** `add` where there was nothing, else `test` and `replace`. */
function field(path: string, before: unknown, after: unknown): JsonPatchOperation[] {
  if (semanticEqual(before, after)) {
    return [];
  }
  return semanticEqual(before, undefined)
    ? [{ op: 'add', path, value: orNull(after) }]
    : testAndReplace(path, before, after);
}

function testAndReplace(path: string, before: unknown, after: unknown): JsonPatchOperation[] {
  return [
    { op: 'test', path, value: orNull(before) },
    { op: 'replace', path, value: orNull(after) },
  ];
}
