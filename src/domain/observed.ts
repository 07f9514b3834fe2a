import type { ResolvedIdentity } from '../api/instance.ts';
import type { Progress } from '../api/live-migration.ts';
import type { Boot } from './vm.ts';

/** A VM as its driver sees it. Absent facts are `undefined`. */
export interface ObservedVm {
  /** Changes when the VM was deleted and made again, never when it is restarted or moved. */
  readonly uid: string;
  /** uid of the Instance that it was made for; `undefined`: it is not ours. */
  readonly instanceUid: string | undefined;
  readonly identity: ResolvedIdentity | undefined;
  /** What the backend would boot next, and whether it should run. */
  readonly stored: { readonly boot: Boot; readonly power: Power };
  /** What is booted now. */
  readonly running: RunningVm | undefined;
  /** What keeps it from running, in the backend's own words. */
  readonly trouble: Trouble | undefined;
}

export type Power = 'On' | 'Off';

export interface RunningVm {
  /** Changes at each boot that the backend makes; a live migration keeps it. */
  readonly bootId: string;
  readonly boot: Boot;
  readonly phase: 'Starting' | 'Running' | 'Paused' | 'Stopping' | 'Ended';
  readonly node: string | undefined;
  /** Why the backend can't migrate it live; `undefined`: it can, or has not said yet. */
  readonly notMigratable: Trouble | undefined;
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
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** RFC 3339; when the transfer began and ended. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly progress: Omit<Progress, 'observedTime'> | undefined;
  /** Why it failed, or why it waits. */
  readonly trouble: Trouble | undefined;
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
