import { jsonPatch } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { orNull, semanticEqual } from '../../objects/equal.ts';
import { isDeleted } from '../../objects/instance.ts';
import type { MigrationState } from '../../objects/kinds.ts';
import type { MigrationContext } from './context.ts';

/**
 * A migration to another cluster writes down who it is and waits for an answer that never comes here. It is played
 * because KubeVirt admits it, and because it blocks every other migration of the instance.
 */
export function* offerToOtherCluster({ migration, instance }: MigrationContext): Plan {
  const before = instance.status?.migrationState;
  const kept = before?.completed === true ? {} : before;
  const after: MigrationState = {
    ...kept,
    sourceState: {
      domainNamespace: instance.metadata.namespace,
      migrationUID: migration.metadata.uid,
      virtualMachineInstanceUID: instance.metadata.uid,
    },
    targetState: { syncAddress: migration.spec.sendTo?.connectURL },
  };
  if (isDeleted(migration) || semanticEqual(before, after)) {
    return;
  }
  const path = '/status/migrationState';
  yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path, value: orNull(before) },
    { op: before === undefined ? 'add' : 'replace', path, value: after },
  ]);
}
