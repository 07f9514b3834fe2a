import type { Statement } from '../conditions.ts';
import type { EvacuatingReason } from '../evacuation/reasons.ts';
import type { VmTroubleReason } from '../observed.ts';

/*
 * Reasons of the conditions of an Instance: one union a condition, each reason with its meaning behind it.
 * docs/messages.md is generated from here.
 */

/** Why nothing will help but a change by the user, here or of what stands in the way. */
export type StallReason =
  | 'NotOwned' /** A VM of the Instance's name is there that does not belong to it. */
  | 'IdentityConflict' /** spec.identity is not that of the VM that is to be taken over. */
  | 'DiskInUse'; /** Another Instance, or the VM that one has left, runs, or is about to, on a disk that this one would write to. */

const STALL_REASONS: Readonly<Record<StallReason, true>> = {
  NotOwned: true,
  IdentityConflict: true,
  DiskInUse: true,
};

export function isStallReason(reason: string | undefined): reason is StallReason {
  return reason !== undefined && Object.hasOwn(STALL_REASONS, reason);
}

/** What goes on by itself, and soon. */
export type AwaitReason =
  | 'PreviousVm' /** The VM of an Instance of this name that was deleted is still there, and about to go. */
  | 'WaitingForPlacement'; /** kube-scheduler has not found a node for the VM yet. */

/** What stands in the way of the spec, and may go by itself. */
export type HealingReason =
  | VmTroubleReason
  | 'BootTakesLong' /** The boot is not over, and the backend doesn't say why. */
  | 'DriverUnavailable'; /** The backend does not answer. */

/** What stands in the way until the spec, or what it names, is changed. */
export type RefusalOfDriver = 'DriverRefused'; /** The driver or its backend refuses the VM. */

/** The states, as reasons. */
type StateReason =
  | OperatingReason
  | 'Pending' /** The VM is not made yet. */
  | 'Running' /** The VM is booted from its own disks. */
  | 'Paused' /** Somebody has paused the guest. */
  | 'Stopped' /** The VM is off, as its spec says. */
  | 'Rescued' /** The VM is booted from its rescue system. */
  | 'Failed' /** The VM should run and can't. */
  | 'Unknown' /** Nothing is known of the VM. */;

/** The states in which the operator is at work on the VM. */
type OperatingReason =
  | 'Starting' /** The VM is being booted from its own disks. */
  | 'Stopping' /** The VM is being stopped. */
  | 'Rescuing' /** The VM is being booted from its rescue system. */
  | 'Unrescuing' /** The VM leaves its rescue system. */;

/** The node that the VM is said to run on is not heard of. */
export type LossReason =
  | 'NodeLost' /** Nothing is known of the VM, and nothing is done to it. */
  | 'NodeFenced'; /** It is certain that the VM runs no more; it starts elsewhere as soon as the driver has given it up. */

/** Why what is asked for has to wait. */
export type HeldBackReason =
  'MigrationInProgress'; /** The VM is being migrated: the boot or stop that is asked for is carried out afterwards. */

type ReconcilingReason =
  | Exclude<StateReason, 'Running' | 'Paused' | 'Stopped' | 'Rescued'>
  | HealingReason
  | HeldBackReason
  | AwaitReason
  | LossReason
  | UnreadableReason
  | 'Settled' /** Nothing is being changed. */;

/** Why nothing is done with an Instance at all. */
type UnreadableReason =
  'InvalidSpec'; /** A field is not valid, and was written while nobody checked it: nothing is done until it is corrected. */

type StalledReason =
  StallReason | RefusalOfDriver | UnreadableReason | 'NotStalled' /** Nothing waits for the user. */;

type RescuedReason =
  | 'RescueBooted' /** The VM is booted from the rescue system. */
  | 'NotRescued' /** The VM is not booted from a rescue system. */
  | 'LeaseExpired' /** The lease of the rescue has expired: True, it is kept; False, it was ended; Unknown, it is being ended. */
  | Extract<OperatingReason, 'Rescuing' | 'Unrescuing'>;

type MigratingReason =
  | 'LiveMigration' /** A live migration is under way. */
  | 'ForeignMigration' /** Somebody else has made the backend move the VM. */
  | 'NotMigrating' /** No live migration is under way. */;

type LiveMigratableReason =
  | OperatingReason
  | LossReason
  | 'Migratable' /** The VM can be live-migrated. */
  | 'Migrating' /** A live migration is under way. */
  | 'NotRunning' /** The VM does not run. */
  | 'SourceNotCapable' /** The node that the rescued VM runs on can't send rescued instances. */;

const LIVE_MIGRATABLE_REASONS: Readonly<Record<LiveMigratableReason, true>> = {
  Starting: true,
  Stopping: true,
  Rescuing: true,
  Unrescuing: true,
  NodeLost: true,
  NodeFenced: true,
  Migratable: true,
  Migrating: true,
  NotRunning: true,
  SourceNotCapable: true,
};

/** Whether condition LiveMigratable has a reason of the driver, in its own words: it can't move that VM live. */
export function isDriversOwn(reason: string): boolean {
  return !Object.hasOwn(LIVE_MIGRATABLE_REASONS, reason);
}

/** Why the VM, as it runs, is not as its spec says. */
export type PendingReason =
  | 'SpecChanged' /** The spec was changed; the next boot takes it up. */
  | 'Adopted' /** The VM was taken over as somebody else had made it; the next boot is as the spec says. */
  | 'Drifted'; /** Somebody has changed what is stored of the VM; the next boot puts it right. */

type RestartPendingReason = PendingReason | HeldBackReason | 'UpToDate' /** The VM runs as its spec says. */;

type ReadyReason =
  | StateReason
  | HealingReason
  | RefusalOfDriver
  | StallReason
  | HeldBackReason
  | AwaitReason
  | LossReason
  | UnreadableReason;

/** Whether the VM holds its place on its node, where Kubernetes places it. */
type AnchoredReason =
  | 'AnchorBound' /** The anchor Pod of the VM is bound to the node of the VM. */
  | 'AnchorMissing' /** The VM is on a node where its anchor Pod is not: it was deleted, and does not fit there again. */
  | 'NotRunning' /** The VM does not run: it takes no place. */
  | Extract<AwaitReason, 'WaitingForPlacement'>;

/** What each condition may give as its reason; the conditions in the order in which they are written. */
export interface InstanceReasons {
  readonly Reconciling: ReconcilingReason;
  readonly Stalled: StalledReason;
  readonly Rescued: RescuedReason;
  readonly Migrating: MigratingReason;
  readonly LiveMigratable: LiveMigratableReason;
  readonly Evacuating: EvacuatingReason;
  readonly RestartPending: RestartPendingReason;
  readonly Anchored: AnchoredReason;
  readonly Ready: ReadyReason;
}

/** A condition of an Instance, in our own words. */
export type InstanceStatement = {
  [Type in keyof InstanceReasons]: Statement<Type, InstanceReasons[Type]>;
}[keyof InstanceReasons];
