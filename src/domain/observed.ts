import type { DeletionPolicy, ResolvedIdentity } from '../api/instance.ts';
import type { Progress } from '../api/live-migration.ts';
import type { Boot } from './vm.ts';

/** A VM as its driver sees it. Absent facts are `undefined`. */
export interface ObservedVm {
  /** Changes when the VM was deleted and made again, never when it is restarted or moved. */
  readonly uid: string;
  readonly ownership: Ownership;
  readonly identity: ResolvedIdentity | undefined;
  /** The disks that it writes to, as it is stored or as it runs, in the words of `namesOfWritten`. */
  readonly writes: readonly string[];
  readonly stored: StoredVm;
  /** What is booted now. */
  readonly running: RunningVm | undefined;
  /**
   * Whether a guest may be there that is not seen: an order to run it may have been carried out, or it ran, and the backend
   * has not said since that nothing of it runs. Absent where what runs is always seen.
   */
  readonly mayRun?: boolean;
  /** What keeps it from running. */
  readonly trouble: VmTrouble | undefined;
  /** Its migrations that are not over, whoever made them, oldest first; absent where nobody but us can make any. */
  readonly migrations?: readonly UnfinishedMigration[];
}

/** Whose a VM is, as it is written on the VM. */
export type Ownership =
  /** medevac has not made it, and nothing else controls it. */
  | { readonly kind: 'Nobody' }
  /** Something else controls it; in words, such as `VirtualMachinePool web`. */
  | { readonly kind: 'Other'; readonly controller: string }
  /** Of the Instance with that uid. Delete: it goes with it, by itself where the driver follows owner references. */
  | { readonly kind: 'Instance'; readonly uid: string; readonly deletionPolicy: DeletionPolicy };

/** What the backend would boot next, and whether it should run. */
interface StoredVm {
  readonly boot: Boot;
  readonly power: Power;
  /** Node that it is stored on, and is started on; absent where the backend places it anew at each start. */
  readonly node?: string;
  /** Where it is not the VM that was asked about, though its boot says so: paths of fields that somebody has changed. */
  readonly drift: readonly string[];
}

/** Why a VM does not come up, in words that are the same for every driver; the message has the backend's own. */
export interface VmTrouble {
  readonly reason: VmTroubleReason;
  readonly message: string;
}

export type VmTroubleReason =
  | 'ClaimNotFound' /** A PersistentVolumeClaim that it boots with is not there. */
  | 'DataVolumeNotFound' /** A DataVolume that it boots with is not there. */
  | 'DataVolumeFailed' /** A DataVolume that it boots with could not be filled. */
  | 'ImagePullFailed' /** An image that it boots from can't be had. */
  | 'Unschedulable' /** No node fits. */
  | 'BootFailed' /** It has ended before it ran; the backend tries again, after a pause that grows. */
  | 'GuestPanicked' /** The kernel of its guest has panicked; the backend starts it again, after a pause that grows. */
  | 'BackendFailed'; /** The backend gives another reason. */

export type Power = 'On' | 'Off';

export interface RunningVm {
  /** Changes at each boot that the backend makes; a live migration keeps it. */
  readonly bootId: string;
  readonly boot: Boot;
  readonly phase: 'Starting' | 'Running' | 'Paused' | 'Stopping' | 'Ended';
  readonly node: string | undefined;
  /** Why the backend can't migrate it live; `undefined`: it can, or has not said yet. */
  readonly notMigratable: Trouble | undefined;
  /** Node from which the backend has itself refused to evict it, and not moved it. */
  readonly evictionMark?: string | undefined;
}

export interface Trouble {
  /** PascalCase. */
  readonly reason: string;
  readonly message: string;
}

/** A live migration as its driver sees it. */
export interface ObservedMigration {
  readonly phase: 'Queued' | 'Preparing' | 'Running' | 'PostCopy' | 'Completing' | 'Succeeded' | 'Failed';
  /** The driver was told to abort it, and it is not over yet or it was aborted. */
  readonly aborting: boolean;
  /** Set where the driver was told to force it to its end. */
  readonly completion?: 'Forced';
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** RFC 3339; when the transfer began and ended. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly progress: Omit<Progress, 'observedTime'> | undefined;
  /** How long the guest stood still, when that is over; absent where the backend doesn't say it. */
  readonly downtimeMilliseconds?: number | undefined;
  /** Why it failed, or why it waits. */
  readonly trouble: Trouble | undefined;
}

/** Whether the backend is done with a migration. */
export function isOver({ phase }: Pick<ObservedMigration, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** A migration at the backend that is not over. */
export interface UnfinishedMigration extends Pick<ObservedMigration, 'phase' | 'source' | 'destination'> {
  /** uid of the LiveMigration that it was made for; of one that somebody else made, its own at the backend. */
  readonly uid: string;
  readonly madeFor: 'LiveMigration' | 'SomebodyElse';
  /** What the backend calls it. */
  readonly kind: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** A node as far as VMs and migrations are concerned. */
export interface ObservedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Heartbeats are told in annotations, so these may change all the time. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly ready: boolean;
  /** Whether its kubelet is heard of; a node that is up and not Ready is reachable. */
  readonly reachable: boolean;
  readonly cordoned: boolean;
  /** An admin says that nothing runs on it any more (taint node.kubernetes.io/out-of-service). */
  readonly fenced: boolean;
}

/** The hypervisor of a node, as its driver sees it. */
export interface ObservedHypervisor {
  /** Whether it works; one that is being replaced does not. */
  readonly ready: boolean;
  /** Whether it takes VMs that come from elsewhere. */
  readonly accepting: boolean;
  /** In its own words; `undefined`: it doesn't say. */
  readonly version: string | undefined;
  /** RFC 3339; after it, nothing of this is to be believed any more. `undefined`: for good. */
  readonly validUntil: string | undefined;
}
