import { MIGRATION_UID_LABEL } from '../../api/names.ts';
import type { ObservedMigration, Trouble, UnfinishedMigration } from '../../domain/observed.ts';
import { isOlder } from '../../runtime/resource-version.ts';
import {
  MIGRATION_FINALIZER,
  MIGRATIONS,
  type Migration,
  type MigrationState,
  type VirtualMachineInstance,
} from './resources.ts';

/** Name of the VirtualMachineInstanceMigration of a LiveMigration. */
export function migrationName(migrationUid: string): string {
  return `medevac-${migrationUid}`;
}

/** A migration, and whether its object is gone: then it is over, and nothing more will be written to it. */
export interface SeenMigration {
  readonly migration: Migration;
  readonly deleted: boolean;
}

/** Whether KubeVirt has said how it ended. */
export function isOver({ status }: Migration): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** The migration as KubeVirt has it, told from its object and from the instance that it moves. */
export function observeMigration(
  seen: SeenMigration,
  instance: VirtualMachineInstance | undefined,
): ObservedMigration {
  const { migration } = seen;
  const state = stateOf(migration, instance);
  const phase = isAbandoned(seen, instance) ? 'Failed' : phaseOf(seen, instance, state);
  return {
    phase,
    aborting: phase !== 'Succeeded' && isAborted(migration, state),
    ...factsOf(state),
    // KubeVirt's API has no figures.
    progress: undefined,
    trouble: phase === 'Failed' ? failureOf(migration, state) : blockerOf(migration),
  };
}

/** Those of a VM's migrations that are not over, oldest first. */
export function unfinishedMigrations(
  migrations: readonly Migration[],
  instance: VirtualMachineInstance | undefined,
): UnfinishedMigration[] {
  return migrations
    .map((migration) => unfinished(migration, observeMigration({ migration, deleted: false }, instance)))
    .filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
    .sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.uid, b.uid));
}

/** Anybody may set a label; name and label together are ours. */
function unfinished(
  { metadata }: Migration,
  { phase, source, destination }: ObservedMigration,
): UnfinishedMigration {
  const { name, labels, creationTimestamp } = metadata;
  const madeFor = labels?.[MIGRATION_UID_LABEL];
  const isOurs = madeFor !== undefined && name === migrationName(madeFor);
  return {
    uid: isOurs ? madeFor : metadata.uid,
    madeFor: isOurs ? 'LiveMigration' : 'SomebodyElse',
    kind: MIGRATIONS.kind,
    name,
    phase,
    source,
    destination,
    createdAt: creationTimestamp,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isAborted({ metadata }: Migration, state: MigrationState | undefined): boolean {
  return metadata.deletionTimestamp !== undefined || state?.abortRequested === true;
}

function factsOf(state: Partial<MigrationState> = {}) {
  return {
    source: state.sourceNode,
    destination: state.targetNode,
    startedAt: state.startTimestamp ?? undefined,
    endedAt: state.endTimestamp ?? undefined,
  };
}

/**
 * What the handlers say of this migration. They write it to the instance; virt-controller copies it when all is over,
 * and the instance keeps that of the last run until the next is handed over.
 */
function stateOf(
  { metadata, status }: Migration,
  instance: VirtualMachineInstance | undefined,
): MigrationState | undefined {
  const copies = [status?.migrationState, instance?.status?.migrationState];
  return copies.find((copy) => copy?.migrationUid === metadata.uid) ?? undefined;
}

/**
 * virt-controller does nothing more to a migration that is deleted and whose instance is gone: it stays as it is, until there
 * is an instance of that name again. The guest that it was to move is over.
 */
function isAbandoned({ migration }: SeenMigration, instance: VirtualMachineInstance | undefined): boolean {
  return !isOver(migration) && migration.metadata.deletionTimestamp !== undefined && instance === undefined;
}

function phaseOf(
  { migration, deleted }: SeenMigration,
  instance: VirtualMachineInstance | undefined,
  state: MigrationState | undefined,
): ObservedMigration['phase'] {
  switch (migration.status?.phase) {
    case 'Succeeded':
      return deleted || hasArrived(migration, instance, state) ? 'Succeeded' : 'Completing';
    case 'Failed':
      return deleted || isReasonSettled(migration, instance) ? 'Failed' : 'Completing';
    case 'Running':
      return isAhead(migration, instance, state) ? 'Preparing' : transferPhase(state);
    case 'Scheduling':
    case 'Scheduled':
    case 'PreparingTarget':
    case 'TargetReady':
      return 'Preparing';
    case undefined:
    default:
      return 'Queued';
  }
}

/** The handlers wrote to the instance before virt-controller did to the migration; without their word nothing is known of it. */
function isAhead(
  { metadata }: Migration,
  instance: VirtualMachineInstance | undefined,
  state: MigrationState | undefined,
): boolean {
  return state === undefined && isOlder(instance?.metadata.resourceVersion, metadata.resourceVersion);
}

function transferPhase(state: MigrationState | undefined): ObservedMigration['phase'] {
  if (state?.endTimestamp != null) return 'Completing';
  return state?.mode === 'PostCopy' ? 'PostCopy' : 'Running';
}

/**
 * Instance and migration come through two watches: what one says of a success must not be told before the other knows
 * where the VM runs.
 */
function hasArrived(
  { metadata }: Migration,
  instance: VirtualMachineInstance | undefined,
  state: MigrationState | undefined,
): boolean {
  if (instance === undefined || instance.status?.nodeName === state?.targetNode) return true;
  // It has been started anew, or moved again, since.
  const isLater = !isOlder(instance.metadata.resourceVersion, metadata.resourceVersion);
  return instance.status?.migrationState?.migrationUid !== metadata.uid && isLater;
}

/**
 * What the handlers say, failureReason among it, is copied 10 to 30 ms after the phase, and then the finalizer goes (seen on
 * the real virt-controller): without a copy, where the migration was not handed over to them. Once the instance is gone
 * nothing more comes.
 */
function isReasonSettled(
  { metadata, status }: Migration,
  instance: VirtualMachineInstance | undefined,
): boolean {
  if (instance === undefined || metadata.finalizers?.includes(MIGRATION_FINALIZER) !== true) return true;
  if (status?.migrationState?.migrationUid === metadata.uid) return true;
  const state = instance.status?.migrationState;
  return state?.migrationUid === metadata.uid && state.failureReason !== undefined;
}

function failureOf({ metadata }: Migration, state: MigrationState | undefined): Trouble {
  const message =
    state?.failureReason ??
    `KubeVirt gave no reason; Events of VirtualMachineInstanceMigration ${metadata.name} may tell it.`;
  return { reason: 'MigrationFailed', message };
}

function blockerOf({ status }: Migration): Trouble | undefined {
  const blocker = status?.conditions.find((condition) => condition.status === 'True');
  if (blocker === undefined) return undefined;
  const reason = blocker.reason ?? blocker.type.replace(/^m/, 'M');
  return { reason, message: blocker.message ?? `KubeVirt holds the migration back: ${reason}.` };
}
