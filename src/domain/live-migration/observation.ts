import type { LiveMigration } from '../../api/live-migration.ts';
import type { NamedNode } from '../anchor/placement.ts';
import type { OtherMigration } from '../gate-texts.ts';
import type { InstanceObservation } from '../instance/observation.ts';
import type { ObservedMigration, ObservedNode } from '../observed.ts';

/** Everything that is known of a LiveMigration at one moment. Absent is `undefined`. */
export interface MigrationObservation {
  readonly migration: LiveMigration;
  readonly instance: InstanceObservation | undefined;
  readonly nodes: readonly ObservedNode[];
  /** The migration as the driver sees it. */
  readonly observed: ObservedMigration | undefined;
  /** The unfinished migration that holds the Instance, or moves its VM, instead of this one. */
  readonly other: OtherMigration | undefined;
  /** Paths of the fields that the driver can't honour. */
  readonly unsupportedFields: readonly string[];
  /** Whether the driver can migrate a rescued VM at all; the labels of the nodes say it node by node. */
  readonly migratesRescued: boolean;
  /** The node that kube-scheduler has found for it; `undefined`: the driver finds one itself. */
  readonly destination: NamedNode | undefined;
}

/** Whether this migration holds the lock on its Instance. */
export function holdsLock({ migration, instance }: MigrationObservation): boolean {
  return instance?.instance.status?.operation?.uid === migration.metadata.uid;
}

/** Whether the Instance is there and its status has been written once: before that nothing is known of its VM. */
export function isObserved(instance: InstanceObservation | undefined): instance is InstanceObservation {
  return instance?.instance.status?.state !== undefined;
}

/**
 * Whether the Instance is on its way out (foreground deletion waits for its VM), or is gone while the driver is at work.
 * One that is not there otherwise may be yet to come.
 */
export function isInstanceDeleted({ instance, observed }: MigrationObservation): boolean {
  if (instance === undefined) return observed !== undefined;
  return instance.instance.metadata.deletionTimestamp !== undefined;
}
