/** Answer to a request: what an admission webhook says at once, and a controller in a condition. */
export type Verdict = Admitted | Refused;

export interface Admitted {
  readonly kind: 'Admitted';
  /** Shown to the user by kubectl. */
  readonly warnings: readonly string[];
}

export interface Refused {
  readonly kind: 'Refused';
  /** HTTP status code, as Nova answers. */
  readonly code: 400 | 403 | 409;
  /** PascalCase reason of the condition that says the same. */
  readonly reason: RefusalReason;
  readonly message: string;
}

export type RefusalReason =
  | 'SourceNotCapable' /** The node that the VM leaves can't send rescued instances. */
  | 'DestinationNotCapable' /** The node that the VM is to go to can't receive rescued instances. */
  | 'NodesNotCapable' /** Neither of the two nodes can. */
  | 'NoCapableDestination' /** No destination was named, and no node can receive rescued instances. */
  | 'RescuedNotSupported' /** Not through this API version, or not by this driver. */
  | 'InstanceState' /** The Instance is in a state in which it can't be migrated. */
  | 'MigrationInProgress' /** Another migration of the Instance is unfinished. */
  | 'DestinationUnknown' /** There is no such node. */
  | 'DestinationUnavailable' /** The node is cordoned, not Ready or out of service. */
  | 'DestinationIsSource' /** The VM is there already. */
  | 'DriverNotConfigured' /** The operator was not started with the driver that the Instance names. */
  | 'FieldUnsupported' /** The driver can't honour a field. */
  | 'PoolNotOpen' /** The configuration opens a storage pool to other namespaces only. */
  | 'NotMigratable'; /** The driver can't move this VM live. */

export const ADMITTED: Admitted = { kind: 'Admitted', warnings: [] };

export function admittedWith(warning: string): Admitted {
  return { kind: 'Admitted', warnings: [warning] };
}

export function refused(code: Refused['code'], reason: RefusalReason, message: string): Refused {
  return { kind: 'Refused', code, reason, message };
}
