/**
 * The evacuation controller of virt-controller: a pass for each node makes a migration for every instance there that an
 * eviction has marked and whose strategy leaves that to KubeVirt. The mark stays until the guest is away, so a failed
 * migration is followed by another, at the next change of the instance, of its migrations or of the node.
 */
import { create, event } from '../engine/plan.ts';
import type { Plan } from '../engine/plan.ts';
import type { View } from '../engine/view.ts';
import { hasCondition } from '../objects/conditions.ts';
import { isFinal, isMarkedForEviction, isMigrationFinal } from '../objects/instance.ts';
import type { VirtualMachineInstance } from '../objects/kinds.ts';
import { annotation } from '../objects/names.ts';
import { isPodDown } from '../objects/pod.ts';

const component = 'evacuation-controller';

export function* evacuateNode(view: View, node: string): Plan {
  const leaving = view
    .list('VirtualMachineInstance')
    .filter((instance) => instance.status?.nodeName === node && isToLeave(instance));
  for (const instance of leaving.filter((candidate) => isIdle(view, candidate))) {
    yield* createMigration(instance, node);
  }
}

/** `External` is somebody else's to move, and `None` is never marked. */
function isToLeave(instance: VirtualMachineInstance): boolean {
  const { evictionStrategy = 'None' } = instance.spec;
  const migratable = hasCondition(instance.status, 'LiveMigratable', { status: 'True' });
  const ours = evictionStrategy === 'LiveMigrate' || evictionStrategy === 'LiveMigrateIfPossible';
  return isMarkedForEviction(instance) && !isFinal(instance) && ours && migratable;
}

/** With a second live pod, say that of a migration that has just failed, an instance is passed over until later. */
function isIdle(view: View, { metadata }: VirtualMachineInstance): boolean {
  const pods = view.podsOf(metadata.uid).filter((pod) => !isPodDown(pod));
  return pods.length <= 1 && view.migrationsOf(metadata.namespace, metadata.name).every(isMigrationFinal);
}

function* createMigration(instance: VirtualMachineInstance, node: string): Plan {
  const { namespace, name } = instance.metadata;
  const migration = yield* create(
    'VirtualMachineInstanceMigration',
    {
      metadata: {
        generateName: 'kubevirt-evacuation-',
        ...(namespace !== undefined && { namespace }),
        annotations: { [annotation.evacuationMigration]: node },
      },
      spec: { vmiName: name, priority: 'system-critical' },
    },
    { expected: true },
  );
  yield* event('VirtualMachineInstance', instance, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created Migration ${migration.metadata.name}`,
    component,
  });
}
