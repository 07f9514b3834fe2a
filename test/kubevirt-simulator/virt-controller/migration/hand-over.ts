import { jsonPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { orNull } from '../../objects/equal.ts';
import type { MigrationState, Pod } from '../../objects/kinds.ts';
import { label, memoryOverhead } from '../../objects/names.ts';
import { migrationEvent, ownState } from './context.ts';
import type { MigrationContext } from './context.ts';
import { resolveConfiguration } from './policy.ts';

/** Replaces whatever migration state is on the instance: from now on the two virt-handlers have the migration. */
export function* handOver(context: MigrationContext, pod: Pod): Plan {
  const { view, migration, instance, memory } = context;
  if (ownState(context) !== undefined) {
    return;
  }
  const target = pod.spec.nodeName ?? '';
  const before = instance.status?.migrationState;
  const after: MigrationState = {
    migrationUid: migration.metadata.uid ?? '',
    targetNode: target,
    targetPod: pod.metadata.name,
    sourceNode: instance.status?.nodeName ?? '',
    ...(migration.status?.migrationState?.sourcePod !== undefined && {
      sourcePod: migration.status.migrationState.sourcePod,
    }),
    ...resolveConfiguration(view, instance),
    targetMemoryOverhead: memoryOverhead,
  };
  const labels = instance.metadata.labels ?? {};
  yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path: '/status/migrationState', value: orNull(before) },
    { op: before === undefined ? 'add' : 'replace', path: '/status/migrationState', value: after },
    { op: 'test', path: '/metadata/labels', value: labels },
    { op: 'replace', path: '/metadata/labels', value: { ...labels, [label.migrationTargetNode]: target } },
  ]);
  memory.handedOff.add(migration.metadata.uid ?? '');
  const message = 'Migration target pod is ready for preparation by virt-handler.';
  yield* migrationEvent(migration, 'Normal', 'SuccessfulHandOver', message);
}
