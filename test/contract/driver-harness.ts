import type { InstanceSpec } from '../../src/api/instance.ts';
import type { Rescue } from '../../src/api/rescue.ts';
import type { Driver, VmKey } from '../../src/drivers/driver.ts';

/** What happens to a VM of the contract; the harness arranges it before the VM is made. */
export type Scenario =
  | 'Plain' /** All goes well. */
  | 'LongMigration' /** A transfer does not end by itself before the deadline. */
  | 'MigrationFails' /** A transfer begins and fails, with words. */
  | 'AbortTooLate' /** A migration is long enough to be aborted, and succeeds all the same. */
  | 'BootFails'; /** The guest never runs, and the backend says why. */

/** What a guest finds in its machine. */
export interface GuestView {
  readonly firmwareUUID: string;
  readonly serial: string;
  readonly macAddresses: readonly string[];
  /** In the guest's order. */
  readonly disks: readonly { readonly name: string; readonly serial: string }[];
}

/** A driver with a backend under it, for one run of the contract. */
export interface DriverHarness {
  /** Not started: the contract listens itself. */
  readonly driver: Driver;
  /**
   * An Instance that this driver can run as that VM, without rescue: two disks, between them a cloud-init seed where the
   * driver has any, and a network.
   */
  spec(key: VmKey): InstanceSpec;
  /** A rescue system for it, that does not stand in the way of a live migration. */
  rescue(key: VmKey): Rescue;
  /** Nodes that the VMs may be on; at least three, without the label of `labelNode`. */
  readonly nodes: readonly string[];
  /** How long a boot or a short migration may take, at the worst. */
  readonly deadlineMs: number;
  /** A name that was not used before, for a VM to which that will happen. */
  key(scenario: Scenario): VmKey;
  /** Adds a label to a node, visible to the backend when the promise resolves; only of one that places VMs itself. */
  labelNode?(node: string, label: string, value: string): Promise<void>;
  /** Makes a VM that is none of ours, seen by the driver when the promise resolves. */
  makeForeignVm(key: VmKey): Promise<void>;
  /** Somebody changes how many cores the stored VM has. */
  changeCores(key: VmKey): Promise<void>;
  /** What the guest that runs now finds; `undefined`: none runs. */
  guest(key: VmKey): Promise<GuestView | undefined>;
  stop(): Promise<void>;
}
