import { jsonPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { orNull } from '../../objects/equal.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { MigrationState } from '../../objects/kinds.ts';
import { label, memoryOverhead } from '../../objects/names.ts';
import { migrationEvent, ownState } from './context.ts';
import type { MigrationContext } from './context.ts';
import { resolveConfiguration } from './policy.ts';

/** Replaces whatever migration state is on the instance: from now on the two virt-handlers have the migration. */
export function* handOver(context: MigrationContext, pod: Pod): Plan {
  const { migration, instance, memory } = context;
  if (ownState(context) !== undefined) {
    return;
  }
  const path = '/status/migrationState';
  const before = instance.status?.migrationState;
  const labels = instance.metadata.labels ?? {};
  yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path, value: orNull(before) },
    { op: before === undefined ? 'add' : 'replace', path, value: handedOver(context, pod) },
    { op: 'test', path: '/metadata/labels', value: labels },
    {
      op: 'replace',
      path: '/metadata/labels',
      value: { ...labels, [label.migrationTargetNode]: pod.spec.nodeName },
    },
  ]);
  memory.handedOff.add(migration.metadata.uid ?? '');
  const message = 'Migration target pod is ready for preparation by virt-handler.';
  yield* migrationEvent(migration, 'Normal', 'SuccessfulHandOver', message);
}

function handedOver({ view, migration, instance }: MigrationContext, pod: Pod): MigrationState {
  const { sourcePod } = migration.status?.migrationState ?? {};
  return {
    migrationUid: migration.metadata.uid ?? '',
    targetNode: pod.spec.nodeName ?? '',
    targetPod: pod.metadata.name,
    sourceNode: instance.status?.nodeName ?? '',
    ...(sourcePod !== undefined && { sourcePod }),
    ...resolveConfiguration(view, instance),
    targetMemoryOverhead: memoryOverhead,
  };
}
