import type { DeletionPolicy, DriverName } from '../api/instance.ts';
import type { MigrationPolicy } from '../api/live-migration.ts';
import type { DriverCapabilities } from '../domain/capabilities.ts';
import type { ObservedHypervisor, ObservedMigration, ObservedVm, Power } from '../domain/observed.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { RenderedVm } from '../domain/vm.ts';

/** Which VM: the Instance's namespace and name, which are the VM's as well. */
export interface VmKey {
  readonly namespace: string;
  readonly name: string;
}

/** A VM as it is to be stored at the backend. */
export interface VmOrder {
  readonly key: VmKey;
  /** uid of the Instance that it is made for. */
  readonly instanceUid: string;
  readonly vm: RenderedVm;
  readonly power: Power;
  /** Delete: the VM goes with its Instance. Retain: it stays. */
  readonly deletionPolicy: DeletionPolicy;
  /**
   * Node that a VM which is nowhere yet is made on; one that is somewhere stays there. Only for a driver that does not
   * place VMs itself (`capabilities.placesVms`), to which it must be said.
   */
  readonly node?: string;
}

/** Whose a VM is to be. */
export interface ClaimOrder {
  readonly key: VmKey;
  /** uid of the VM that is meant: not another one that has its name by now. */
  readonly vmUid: string;
  /** uid of the Instance. */
  readonly instanceUid: string;
  readonly deletionPolicy: DeletionPolicy;
}

export interface MigrationOrder {
  readonly key: VmKey;
  /** uid of the LiveMigration; what the driver makes for it is named after it, so it is made once. */
  readonly migrationUid: string;
  /** Name of the LiveMigration, in the namespace of the VM. */
  readonly migrationName: string;
  /** Absent: the backend chooses, where it places VMs itself (`capabilities.placesVms`). */
  readonly destinationNode: string | undefined;
  /** Labels that the destination must have; the backend enforces them, too, where it can. */
  readonly destinationLabels: Readonly<Record<string, string>>;
  readonly policy: MigrationPolicy | undefined;
  /**
   * Seconds that a node may be looked for before the backend gives the migration up, where it places VMs itself. Absent:
   * as long as the backend will.
   */
  readonly longestSearch?: number;
  /**
   * Forced: one that is under way is ended although the guest writes faster than it is copied: by post-copy where the
   * policy allows that, else the guest stands still meanwhile. Absent: as the policy says.
   */
  readonly completion?: 'Forced';
}

/** Who is told when what a driver sees has changed. */
export interface DriverListener {
  /** A VM, or a migration of it. */
  vmChanged(key: VmKey): void;
  /** The hypervisor of a node, by the node's name. */
  hypervisorChanged(node: string): void;
}

/** What a backend notes of evictions that it has refused while nobody else was there to; `RunningVm.evictionMark` shows it. */
export interface EvictionMarks {
  /** The VMs that are marked, from memory. */
  all(): VmKey[];

  /** Takes the mark of a node away. Twice: changes nothing. Unavailable, Rejected. */
  clear(key: VmKey, node: string): Promise<Outcome>;
}

/**
 * What turns a rendered VM into a running one. Plain data in and out. The orders return at once with what the backend
 * said; their effect is seen through `observe`, and a change of it is told through the listener of `start`.
 */
export interface Driver {
  readonly name: DriverName;
  readonly capabilities: DriverCapabilities;
  /** Absent where the backend marks nothing. */
  readonly evictionMarks?: EvictionMarks;

  /** Begins to watch the backend; resolves when everything that is there has been seen. Called once. */
  start(listener: DriverListener, signal: AbortSignal): Promise<void>;

  /**
   * The VM as last seen, from memory; `undefined`: there is none. `wanted` is what its `stored.drift` is told from;
   * without it there is none.
   */
  observe(key: VmKey, wanted?: RenderedVm): ObservedVm | undefined;

  /**
   * Stores the VM, and lets the backend start or stop it as `power` says; a running VM keeps running as it was booted.
   * Twice: the second changes nothing. Busy, Unavailable; Rejected: the backend refuses the VM, or one of that name
   * is not ours, or no node is said to a driver that needs it.
   */
  define(order: VmOrder): Promise<Outcome>;

  /**
   * Writes on the VM whose it is and whether it goes with its owner; what it boots, and whether it runs, stays as it is.
   * Twice: the second changes nothing. NotFound: that VM is gone. Busy, Unavailable, Rejected.
   */
  claim(order: ClaimOrder): Promise<Outcome>;

  /**
   * Ends the boot `bootId` without waiting for the guest; the backend boots what is stored. Twice, or for a boot that
   * is over: changes nothing. Busy, NotFound, Unavailable, Rejected.
   */
  restart(key: VmKey, bootId: string): Promise<Outcome>;

  /** Stops and deletes the VM. Twice: changes nothing. Unavailable, Rejected. */
  remove(key: VmKey): Promise<Outcome>;

  /**
   * Starts a live migration. Twice with one uid: the second changes nothing, but for what it forces; that twice changes
   * nothing either. Busy: another migration of the VM is under way, or there is no transfer yet that could be forced.
   * Unsupported, Unavailable, Rejected.
   */
  migrate(order: MigrationOrder): Promise<Outcome>;

  /**
   * The migration as last seen, also after it is over; `undefined`: it was never started, or is forgotten.
   * `migrationUid` is that of a LiveMigration, or one that `observe` shows of what somebody else made.
   */
  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined;

  /**
   * Asks the backend to abort; it may be too late, which the end of the migration tells. Also for one that
   * `observeMigration` does not show (yet). Twice, or for one that is over: changes nothing. NotFound: there is none.
   * Busy: the answer to `migrate` is still waited for. Unsupported, Unavailable; Rejected: there is no way back, as after
   * a post-copy has begun.
   */
  abortMigration(key: VmKey, migrationUid: string): Promise<Outcome>;

  /** The hypervisor of a node as last seen, from memory; `undefined`: there is none. */
  observeNode(name: string): ObservedHypervisor | undefined;
}
