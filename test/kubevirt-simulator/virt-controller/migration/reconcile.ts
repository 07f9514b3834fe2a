/**
 * The migration controller of virt-controller: limits and queue, target pods, hand-over to virt-handler, the phases, and
 * what happens to migrations whose instance has gone or has too many of them.
 */
import { keyOf } from '../../../../src/kube/resource.ts';
import { isNotFound } from '../../../../src/kube/api-errors.ts';
import { remove, requeue, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import {
  hasApiVersionAnnotations,
  isDeleted,
  isMigrationFinal,
  withApiVersionAnnotations,
} from '../../objects/instance.ts';
import type { Kind, Migration, VirtualMachineInstance } from '../../objects/kinds.ts';
import { finishedMigrationsKept, label } from '../../objects/names.ts';
import type { ObjectKey } from '../../../../src/kube/resource.ts';
import { targetPodOf } from './context.ts';
import type { MigrationMemory } from './context.ts';
import { migrationConfiguration } from './policy.ts';
import { updateMigrationStatus } from './status.ts';
import { syncMigration } from './sync.ts';

export interface Pass {
  readonly view: View;
  readonly memory: MigrationMemory;
  readonly now: Date;
}

export function* reconcileMigration(pass: Pass, key: string): Plan {
  const { view } = pass;
  const migration = view.get('VirtualMachineInstanceMigration', key);
  if (migration === undefined) {
    return;
  }
  if (!hasApiVersionAnnotations(migration)) {
    yield* update('VirtualMachineInstanceMigration', withSelector(withApiVersionAnnotations(migration)));
    return;
  }
  const instance = view.get('VirtualMachineInstance', keyIn(migration, migration.spec.vmiName));
  if (instance === undefined) {
    // One that is already deleted stays for ever, with its finalizer, until an instance of that name exists again.
    if (!isDeleted(migration)) {
      yield* remove('VirtualMachineInstanceMigration', keyOf(migration), { expected: true });
    }
    return;
  }
  yield* reconcileWithInstance(pass, migration, instance);
}

function* reconcileWithInstance(pass: Pass, migration: Migration, instance: VirtualMachineInstance): Plan {
  const context = { ...pass, migration, instance, pod: targetPodOf(pass.view, migration, instance) };
  let failed: unknown;
  try {
    yield* syncMigration(context);
  } catch (error) {
    failed = error;
  }
  yield* updateMigrationStatus(context);
  if (failed !== undefined) {
    throw failed as Error;
  }
  if (isMigrationFinal(migration)) {
    yield* collectFinished(pass.view, migration);
    yield* wakePending(pass.view);
  }
}

function withSelector(migration: Migration): Migration {
  const labels = { [label.migrationSelector]: migration.spec.vmiName ?? '', ...migration.metadata.labels };
  return { ...migration, metadata: { ...migration.metadata, labels } };
}

/** The oldest finished migrations of an instance go, each with the pod that it left behind. */
function* collectFinished(view: View, migration: Migration): Plan {
  const finished = view
    .migrationsOf(migration.metadata.namespace, migration.spec.vmiName)
    .filter((other) => isMigrationFinal(other) && !isDeleted(other))
    .toSorted(byAge);
  for (const old of finished.slice(0, Math.max(finished.length - finishedMigrationsKept, 0))) {
    const pod = defunctPod(old);
    if (pod !== undefined) {
      yield* removeIfThere('Pod', { namespace: old.metadata.namespace ?? '', name: pod });
    }
    yield* removeIfThere('VirtualMachineInstanceMigration', keyOf(old));
  }
}

/** Made in the same second, they have no order in KubeVirt; in the one recording of it, the one that ran last went first. */
function byAge(a: Migration, b: Migration): number {
  const [one = '', other = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return one === other ? startOf(b) - startOf(a) : Date.parse(one) - Date.parse(other);
}

function startOf({ status }: Migration): number {
  return Date.parse(status?.migrationState?.startTimestamp ?? '') || 0;
}

function defunctPod(migration: Migration): string | undefined {
  const state = migration.status?.migrationState;
  if (state?.failed === true) {
    return state.targetPod;
  }
  return state?.completed === true ? state.sourcePod : undefined;
}

function* removeIfThere(kind: Kind, key: ObjectKey): Plan {
  try {
    yield* remove(kind, key, { expected: true });
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** A place is free: the queued ones look again. All have the same priority, and no order among them. */
function* wakePending(view: View): Plan {
  const pending = view
    .list('VirtualMachineInstanceMigration')
    .filter(({ status }) => status?.phase === 'Pending')
    .slice(0, migrationConfiguration(view).parallelMigrationsPerCluster);
  for (const migration of pending) {
    yield* requeue('VirtualMachineInstanceMigration', migration, 0);
  }
}
