import { isOver } from '../../observed.ts';
import type { Facet } from '../intent.ts';
import { migrationUnderWay, type InstanceObservation, type MigrationHold } from '../observation.ts';

/**
 * While a migration is under way, the VM is not restarted, rendered anew or stopped, whoever made the migration. Where
 * its LiveMigration is gone, it is aborted at the driver, and the lock is kept until the driver says that it is over, or
 * that it knows of none: one that was not seen may have begun all the same, where the answer to the order was lost.
 * One that somebody else made is theirs to abort: it gets the lock, and keeps it until it is over.
 */
export const migrationLock: Facet = (observation) => {
  const { migration: hold } = observation;
  if (hold?.exists === true) return { kind: 'Yield', because: 'a migration holds the Instance' };
  if (hold !== undefined && isAbandoned(observation, hold)) {
    return hold.observed?.aborting === true
      ? { kind: 'Yield', because: 'a migration whose LiveMigration is gone is being aborted' }
      : { kind: 'AbortMigration', migrationUid: hold.uid };
  }
  const migration = migrationUnderWay(observation);
  return migration && { kind: 'GiveWay', migration };
};

/** Made for a LiveMigration that is gone, and not over as far as is known. */
function isAbandoned({ vm }: InstanceObservation, { uid, observed }: MigrationHold): boolean {
  if (observed !== undefined && isOver(observed)) return false;
  const shown = vm?.migrations?.find((migration) => migration.uid === uid);
  return shown?.madeFor !== 'SomebodyElse';
}
