import type { Statement } from '../conditions.ts';
import type { RefusalReason } from '../verdict.ts';

/*
 * Reasons of the conditions of a LiveMigration: one union a condition, each reason with its meaning behind it.
 * docs/messages.md is generated from here.
 */

/** What a LiveMigration waits for. */
export type QueueReason =
  | 'InstanceNotFound' /** There is no such Instance yet. */
  | 'InstanceNotStarted' /** The Instance is Pending or Starting; or it went on to another boot, such as its first rescue, while it was waited for. */
  | 'InstanceBusy' /** Another operation holds the Instance. */
  | 'WaitingForPlacement'; /** kube-scheduler has not found a destination yet. */

/** What one waits for that may start. */
export type AdmittedWait = Extract<QueueReason, 'InstanceBusy' | 'WaitingForPlacement'>;

/** The phases of a LiveMigration that is not over. */
export type UnfinishedPhase =
  | 'Queued' /** It waits for the Instance, or for its turn at the driver. */
  | 'Preparing' /** The destination is being made ready. */
  | 'Running' /** Memory is being transferred. */
  | 'PostCopy' /** The guest runs on the destination already; the rest of its memory follows. */
  | 'Completing'; /** The transfer is over; the destination takes the guest over. */

/** Why a migration is Succeeded. */
export type SuccessReason =
  | 'Migrated' /** The guest runs on the destination. */
  | 'AbortTooLate'; /** The abort came when the guest was on the destination already. */

/** Why a migration is Aborted. */
export type AbortReason =
  | 'AbortRequested' /** The user stopped it; the guest is unharmed on its source, unless the message says that it runs elsewhere by now. */
  | 'InstanceDeleted'; /** The Instance was deleted while it was migrated. */

/** Why a migration is Failed; a refusal ends it before it began. */
export type FailureReason =
  | 'CompletionTimeout' /** spec.policy.completionTimeout was over; the guest is unharmed on its source. */
  | 'LeaseExpired' /** The lease of the rescue expired before the transfer began, and ends the rescue; the guest is unharmed on its source. */
  | 'GuestLost' /** The guest runs nowhere, or is being booted anew. */
  | 'NodeLost' /** The node that the guest is said to be on is not heard of. */
  | 'DriverRefused' /** The driver did not begin, and said why. */
  | 'MigrationFailed' /** The driver gave up; the guest is unharmed on its source, unless the message says that it runs elsewhere by now. */
  | 'MigrationVanished' /** Somebody deleted the driver's migration; the guest is on its source. */
  | RefusalReason;

type EndingReason = SuccessReason | AbortReason | FailureReason;

type AdmittedReason =
  'Admitted' /** The migration may start. */ | Exclude<QueueReason, AdmittedWait> | RefusalReason;

/** Why nothing is done with a LiveMigration at all. */
type UnreadableReason =
  'InvalidSpec'; /** A field is not valid, and was written while nobody checked it: nothing is done, and the spec never changes: another LiveMigration is needed. */

type ReconcilingReason =
  'Finished' /** The migration is over. */ | QueueReason | UnfinishedPhase | UnreadableReason;

type StalledReason = 'NotStalled' /** The migration has not failed. */ | FailureReason | UnreadableReason;

/** What each condition may give as its reason; the conditions in the order in which they are written. */
interface MigrationReasons {
  readonly Admitted: AdmittedReason;
  readonly Reconciling: ReconcilingReason;
  readonly Stalled: StalledReason;
  readonly Completed: UnfinishedPhase | EndingReason;
  readonly Ready: UnfinishedPhase | EndingReason | UnreadableReason;
}

/** A condition of a LiveMigration. */
export type MigrationStatement = {
  [Type in keyof MigrationReasons]: Statement<Type, MigrationReasons[Type]>;
}[keyof MigrationReasons];
