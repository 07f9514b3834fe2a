import { jsonPatch, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { updateCondition } from '../../objects/conditions.ts';
import { semanticEqual } from '../../objects/equal.ts';
import {
  currentPod,
  enterPhase,
  isDecentralised,
  isDeleted,
  isFinal,
  isMigrationFinal,
} from '../../objects/instance.ts';
import type { Migration } from '../../objects/kinds.ts';
import { annotation, finalizer } from '../../objects/names.ts';
import { isPodDown, isPodReady } from '../../objects/pod.ts';
import { goTime, timestamp } from '../../objects/time.ts';
import { anyState, canMigrate, isHandedOff, migrationEvent, ownState } from './context.ts';
import type { MigrationContext } from './context.ts';
import { isAbortNoted } from './sync.ts';

type Draft = Migration & { status: NonNullable<Migration['status']> };

/**
 * One phase a pass, never two. The status is written first, then the finalizer with the resourceVersion that has just
 * become an old one: so each migration costs virt-controller one conflict.
 */
export function* updateMigrationStatus(context: MigrationContext): Plan {
  const { migration } = context;
  const draft: Draft = { ...structuredClone(migration), status: structuredClone(migration.status ?? {}) };
  yield* change(context, draft);
  noteSourcePod(context, draft);
  if (!semanticEqual(migration.status, draft.status)) {
    yield* update('VirtualMachineInstanceMigration', draft, { subresource: 'status' });
  }
  if (!semanticEqual(migration.metadata.finalizers, draft.metadata.finalizers)) {
    yield* update('VirtualMachineInstanceMigration', draft);
  }
}

function* change(context: MigrationContext, draft: Draft): Plan {
  const { migration, now } = context;
  if (isMigrationFinal(migration)) {
    finish(context, draft);
    return;
  }
  if (isDeleted(migration) && !isFinal(context.instance) && !isHandedOff(context)) {
    noteAbort(draft, now);
  }
  const failure = failureOf(context);
  if (failure !== undefined) {
    enterPhase(draft.status, 'Failed', now);
    yield* migrationEvent(migration, 'Warning', 'FailedMigration', failure);
  } else if (isDeleted(migration) && !isAbortNoted(context)) {
    noteAbort(draft, now);
  } else {
    yield* enterNextPhase(context, draft);
  }
}

/** Only in the pass after the final phase do the details come over from the instance. */
function finish(context: MigrationContext, draft: Draft): void {
  const state = ownState(context);
  if (state !== undefined) {
    draft.status.migrationState = structuredClone(state);
  }
  draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter(
    (name) => name !== finalizer.migration,
  );
}

function noteAbort(draft: Draft, now: Date): void {
  updateCondition(draft.status, {
    type: 'migrationAbortRequested',
    status: 'True',
    lastProbeTime: timestamp(now),
    lastTransitionTime: null,
  });
}

/** What ends a migration, in KubeVirt's order and words. */
function failureOf(context: MigrationContext): string | undefined {
  const { migration, instance, pod } = context;
  if (isFinal(instance)) {
    return 'Migration failed vmi shutdown during migration.';
  }
  if (isDeleted(migration) && !isHandedOff(context)) {
    return 'Migration failed due to being canceled';
  }
  if (pod !== undefined && isPodDown(pod)) {
    return 'Migration failed because target pod shutdown during migration';
  }
  if (pod === undefined && isTargetCreated(migration)) {
    return 'Migration target pod was removed during active migration.';
  }
  return failureAfterHandOver(context);
}

function failureAfterHandOver(context: MigrationContext): string | undefined {
  const phase = context.migration.status?.phase ?? '';
  const handedOff = ['PreparingTarget', 'TargetReady', 'Running'].includes(phase);
  if (handedOff && anyState(context) === undefined) {
    return "VMI's migration state was cleared during the active migration.";
  }
  if (handedOff && ownState(context) === undefined) {
    return "VMI's migration state was taken over by another migration job during active migration.";
  }
  return ownState(context)?.failed === true ? 'source node reported migration failed' : undefined;
}

function isTargetCreated(migration: Migration): boolean {
  return !['', 'Pending', 'Synchronizing', 'WaitingForSync'].includes(migration.status?.phase ?? '');
}

function* enterNextPhase(context: MigrationContext, draft: Draft): Plan {
  const { migration, now } = context;
  if ((migration.status?.phase ?? '') === '' && !canMigrate(context)) {
    enterPhase(draft.status, 'Failed', now);
    const message = 'VMI is not eligible for migration because another migration job is in progress.';
    yield* migrationEvent(migration, 'Warning', 'FailedMigration', message);
    return;
  }
  const next = nextPhase(context);
  if (migration.status?.phase === 'Running') {
    yield* noteTargetReady(context);
  }
  if (next !== undefined) {
    enterPhase(draft.status, next, now);
  }
  if (next === 'Succeeded') {
    const message = 'Source node reported migration succeeded';
    yield* migrationEvent(migration, 'Normal', 'SuccessfulMigration', message);
  }
}

type Entry = readonly [next: string, isReached: (context: MigrationContext) => boolean];

/** From each phase there is one way on, when what the next one stands for has been seen. */
const transitions: Readonly<Record<string, Entry>> = {
  Pending: ['Scheduling', ({ pod }) => pod !== undefined],
  Scheduling: ['Scheduled', ({ pod }) => pod !== undefined && isPodReady(pod)],
  Scheduled: ['PreparingTarget', (context) => (ownState(context)?.targetNode ?? '') !== ''],
  PreparingTarget: ['TargetReady', (context) => (ownState(context)?.targetNodeAddress ?? '') !== ''],
  TargetReady: ['Running', (context) => ownState(context)?.startTimestamp !== undefined],
  Running: ['Succeeded', (context) => ownState(context)?.completed === true],
};

function nextPhase(context: MigrationContext): string | undefined {
  const phase = context.migration.status?.phase ?? '';
  if (phase === '') {
    return isDecentralised(context.migration) ? 'Synchronizing' : 'Pending';
  }
  const [next, isReached] = transitions[phase] ?? [];
  return isReached?.(context) === true ? next : undefined;
}

function* noteTargetReady(context: MigrationContext): Plan {
  const { pod } = context;
  const ready = ownState(context)?.targetNodeDomainReadyTimestamp;
  if (ready === undefined || pod?.metadata.annotations?.[annotation.migrationTargetReady] !== undefined) {
    return;
  }
  const path = `/metadata/annotations/${annotation.migrationTargetReady.replace('/', '~1')}`;
  if (pod !== undefined) {
    yield* jsonPatch('Pod', pod, [{ op: 'add', path, value: goTime(ready) }]);
  }
}

function noteSourcePod({ view, instance }: MigrationContext, draft: Draft): void {
  if (draft.status.phase !== 'Pending') {
    return;
  }
  const source = currentPod(instance, view.podsOf(instance.metadata.uid));
  if (source !== undefined) {
    draft.status.migrationState = { ...draft.status.migrationState, sourcePod: source.metadata.name };
  }
}
