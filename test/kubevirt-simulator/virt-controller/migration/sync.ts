import { keyOf } from '../../../../src/kube/resource.ts';
import { event, jsonPatch, remove, requeue } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { hasCondition } from '../../objects/conditions.ts';
import { isDecentralised, isDeleted } from '../../objects/instance.ts';
import { annotation } from '../../objects/names.ts';
import { isPodDown, isPodReady, isPodUnschedulable } from '../../objects/pod.ts';
import { timestamp } from '../../objects/time.ts';
import { controllerComponent, SyncFailed } from '../common.ts';
import { offerToOtherCluster } from './decentralised.ts';
import { anyState, canMigrate, isHandedOff, migrationEvent, ownState } from './context.ts';
import type { MigrationContext } from './context.ts';
import { handOver } from './hand-over.ts';
import { createTargetPod } from './start.ts';

/** Seconds after which an unschedulable target pod is given up, and one that is pending for any other reason. */
const unschedulableTimeout = 300;
const pendingTimeout = 900;

/** Acts for the phase that the migration is in; the phase itself is changed afterwards. */
export function* syncMigration(context: MigrationContext): Plan {
  const { migration, instance } = context;
  if (isDeleted(instance) || ownState(context)?.completed === true) {
    return;
  }
  if (!canMigrate(context)) {
    throw new SyncFailed('vmi is ineligible for migration because another migration job is running');
  }
  yield* actions[migration.status?.phase ?? '']?.(context) ?? [];
}

const actions: Readonly<Record<string, (context: MigrationContext) => Plan>> = {
  Pending: syncPending,
  Scheduling: syncScheduling,
  Scheduled: syncScheduled,
  PreparingTarget: syncPreparing,
  TargetReady: syncPreparing,
  Failed: syncFailed,
  Running: syncRunning,
  Synchronizing: offerToOtherCluster,
};

function* syncScheduling(context: MigrationContext): Plan {
  yield* isDeleted(context.migration) ? cancel(context) : watchPending(context);
}

function* syncPending(context: MigrationContext): Plan {
  const { migration, pod } = context;
  if (isDeleted(migration)) {
    yield* cancel(context);
  } else if (pod === undefined) {
    yield* createTargetPod(context);
  } else if (!isPodReady(pod)) {
    yield* watchPending(context);
  }
}

function* syncScheduled(context: MigrationContext): Plan {
  const { migration, pod } = context;
  if (isDeleted(migration) && !isHandedOff(context)) {
    yield* cancel(context);
  } else if (pod !== undefined && isPodReady(pod)) {
    yield* handOver(context, pod);
  }
}

/** Before the guest's memory moves, the end of the target pod is the end of the migration. */
function* syncPreparing(context: MigrationContext): Plan {
  const state = anyState(context);
  const gone = context.pod === undefined || isPodDown(context.pod);
  if (
    gone &&
    state !== undefined &&
    state.startTimestamp === undefined &&
    !(state.failed ?? state.completed ?? false)
  ) {
    yield* markFailed(context);
  }
}

function* syncFailed(context: MigrationContext): Plan {
  const state = anyState(context);
  if (state !== undefined && state.failed !== true) {
    yield* markFailed(context);
  }
}

/** Only here does the deletion of a migration that was handed over reach virt-handler. */
function* syncRunning(context: MigrationContext): Plan {
  const { migration, instance } = context;
  const state = anyState(context);
  if (!isDeleted(migration) || state === undefined || state.abortRequested === true) {
    return;
  }
  const status = { ...instance.status, migrationState: { ...state, abortRequested: true } };
  yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path: '/status', value: instance.status },
    { op: 'replace', path: '/status', value: status },
  ]);
  const message = 'Migration is ready to be canceled by virt-handler.';
  yield* migrationEvent(migration, 'Normal', 'SuccessfulAbortMigration', message);
}

function* cancel({ migration, pod }: MigrationContext): Plan {
  if (pod === undefined || isDecentralised(migration)) {
    return;
  }
  yield* remove('Pod', keyOf(pod), { expected: true });
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  yield* migrationEvent(
    migration,
    'Normal',
    'SuccessfulDelete',
    `migration canceled and pod ${name} is deleted`,
  );
}

function* watchPending(context: MigrationContext): Plan {
  const { migration, instance, pod, now } = context;
  if (pod?.status?.phase !== 'Pending' || isDeleted(pod)) {
    return;
  }
  const waited = Math.floor((now.getTime() - Date.parse(pod.metadata.creationTimestamp ?? '')) / 1000);
  if (isPodUnschedulable(pod)) {
    const name = `${instance.metadata.namespace ?? ''}/${instance.metadata.name}`;
    const message = `Migration target pod for VMI [${name}] is currently unschedulable.`;
    yield* migrationEvent(migration, 'Warning', 'migrationTargetPodUnschedulable', message);
    const left = seconds(context, annotation.unschedulableTimeout, unschedulableTimeout) - waited;
    if (left <= 0) {
      yield* giveUp(context, 'unschedulable');
      return;
    }
    yield* requeue('VirtualMachineInstanceMigration', migration, left * 1000);
  }
  const left = seconds(context, annotation.pendingTimeout, pendingTimeout) - waited;
  if (left <= 0) {
    yield* giveUp(context, 'pending');
  } else {
    yield* requeue('VirtualMachineInstanceMigration', migration, left * 1000);
  }
}

function seconds({ migration }: MigrationContext, key: string, otherwise: number): number {
  const value = Number(migration.metadata.annotations?.[key]);
  return Number.isInteger(value) ? value : otherwise;
}

function* giveUp({ migration, pod }: MigrationContext, why: string): Plan {
  if (pod === undefined) {
    return;
  }
  yield* remove('Pod', keyOf(pod), { expected: true });
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  yield* migrationEvent(
    migration,
    'Normal',
    'SuccessfulDelete',
    `${why} pod ${name} timeout period exceeded`,
  );
}

/** virt-controller's own word that a migration has failed, where virt-handler could not say so. */
function* markFailed({ migration, instance, now }: MigrationContext): Plan {
  const state = instance.status?.migrationState;
  const uid = migration.metadata.uid ?? '';
  const at = '/status/migrationState';
  const time = timestamp(now);
  yield* jsonPatch('VirtualMachineInstance', instance, [
    { op: 'test', path: `${at}/migrationUid`, value: uid },
    { op: 'add', path: `${at}/failed`, value: true },
    { op: 'add', path: `${at}/completed`, value: true },
    ...(state?.endTimestamp === undefined
      ? [{ op: 'add' as const, path: `${at}/endTimestamp`, value: time }]
      : []),
    ...(state?.startTimestamp === undefined
      ? [{ op: 'add' as const, path: `${at}/startTimestamp`, value: time }]
      : []),
    ...(state?.failureReason === undefined
      ? [{ op: 'add' as const, path: `${at}/failureReason`, value: 'Target pod is down' }]
      : []),
  ]);
  yield* event('VirtualMachineInstance', instance, {
    type: 'Warning',
    reason: 'FailedMigration',
    message: `VirtualMachineInstance migration uid ${uid} failed. reason: Target pod is down`,
    component: controllerComponent,
  });
}

/** Live migration is what the abort condition is for; it is set once. */
export function isAbortNoted({ migration }: MigrationContext): boolean {
  return hasCondition(migration.status, 'migrationAbortRequested');
}
