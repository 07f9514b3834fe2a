import { create, jsonPatch, requeue } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import {
  currentPod,
  isDecentralised,
  isMigrationFinal,
  isMigrationRunning,
  phaseOf,
} from '../../objects/instance.ts';
import type { Migration, VirtualMachineInstance } from '../../objects/kinds.ts';
import { annotation } from '../../objects/names.ts';
import { isPodDown } from '../../objects/pod.ts';
import { backOffOf } from './back-off.ts';
import { migrationEvent, targetPodOf } from './context.ts';
import type { MigrationContext } from './context.ts';
import { migrationConfiguration } from './policy.ts';
import { targetPod } from './target-pod.ts';

/** How long KubeVirt waits before it looks at a queued migration again, ms; those of people have the lowest priority. */
const retryWhileTwoPods = 1000;
const retryAtLimit = 5000;

/** Makes the target pod, unless the limits, a second pod of the instance, or its phase say: wait in Pending. */
export function* createTargetPod(context: MigrationContext): Plan {
  const { memory, migration, instance } = context;
  const uid = instance.metadata.uid ?? '';
  if (memory.starting.has(uid)) {
    yield* requeue('VirtualMachineInstanceMigration', migration, retryWhileTwoPods);
    return;
  }
  memory.starting.add(uid);
  try {
    yield* createUnlessHindered(context);
  } finally {
    memory.starting.delete(uid);
  }
}

function* createUnlessHindered(context: MigrationContext): Plan {
  const { view, migration, instance } = context;
  const pods = view.podsOf(instance.metadata.uid);
  const sourcePod = currentPod(instance, pods);
  if (sourcePod === undefined || isDecentralised(migration)) {
    return;
  }
  const backOff = backOffOf(context);
  if (backOff > 0) {
    yield* requeue('VirtualMachineInstanceMigration', migration, backOff);
    return;
  }
  const marked = yield* markNonRoot(instance);
  if (pods.filter((pod) => !isPodDown(pod)).length > 1) {
    yield* requeue('VirtualMachineInstanceMigration', migration, retryWhileTwoPods);
  } else if (isAtLimit(view, instance)) {
    yield* requeue('VirtualMachineInstanceMigration', migration, retryAtLimit);
  } else if (phaseOf(instance) === 'Running') {
    const pod = yield* create('Pod', targetPod(view, migration, marked, sourcePod), { expected: true });
    const message = `Created migration target pod ${pod.metadata.name}`;
    yield* migrationEvent(migration, 'Normal', 'SuccessfulCreate', message);
  }
}

/** Old launchers read it; KubeVirt sets it before an instance's first migration. */
function* markNonRoot(instance: VirtualMachineInstance): Plan<VirtualMachineInstance> {
  if (instance.metadata.annotations?.[annotation.nonRoot] !== undefined) {
    return instance;
  }
  const path = `/metadata/annotations/${annotation.nonRoot.replace('/', '~1')}`;
  return yield* jsonPatch('VirtualMachineInstance', instance, [{ op: 'add', path, value: 'true' }]);
}

function isAtLimit(view: View, instance: VirtualMachineInstance): boolean {
  const running = view
    .list('VirtualMachineInstanceMigration')
    .filter((migration) => isInFlight(view, migration));
  const node = instance.status?.nodeName;
  const outbound = running.filter((migration) => leaves(view, migration, node));
  const { parallelMigrationsPerCluster, parallelOutboundMigrationsPerNode } = migrationConfiguration(view);
  return (
    running.length >= parallelMigrationsPerCluster || outbound.length >= parallelOutboundMigrationsPerNode
  );
}

/** Running, or queued with a target pod: the phase follows in the next pass. */
function isInFlight(view: View, migration: Migration): boolean {
  if (isMigrationFinal(migration)) {
    return false;
  }
  const instance = view.get('VirtualMachineInstance', keyIn(migration, migration.spec.vmiName));
  return (
    isMigrationRunning(migration) ||
    (instance !== undefined && targetPodOf(view, migration, instance) !== undefined)
  );
}

function leaves(view: View, migration: Migration, node: string | undefined): boolean {
  const status = view.get('VirtualMachineInstance', keyIn(migration, migration.spec.vmiName))?.status;
  return status !== undefined && (status.nodeName === node || status.migrationState?.sourceNode === node);
}
