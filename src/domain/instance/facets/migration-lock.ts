import type { Facet } from '../intent.ts';

/**
 * While a migration holds the lock, the VM is not restarted, rendered anew or stopped. Where its LiveMigration is gone,
 * the migration is aborted at the driver, and the lock is kept until the driver says that it is over.
 */
export const migrationLock: Facet = ({ migration }) => {
  if (migration === undefined) return undefined;
  if (migration.exists) return { kind: 'Yield', because: 'a migration holds the Instance' };
  const { observed, uid } = migration;
  if (observed === undefined || observed.phase === 'Succeeded' || observed.phase === 'Failed')
    return undefined;
  return observed.aborting
    ? { kind: 'Yield', because: 'a migration whose LiveMigration is gone is being aborted' }
    : { kind: 'AbortMigration', migrationUid: uid };
};
