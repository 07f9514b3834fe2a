import type { Outcome } from '../../../../src/domain/outcome.ts';
import type { ClaimOrder, Driver, MigrationOrder, VmKey, VmOrder } from '../../../../src/drivers/driver.ts';
import type { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { ordered, type Bad } from './mishaps.ts';

export type Order =
  | ({ readonly kind: 'Define' } & VmOrder)
  | ({ readonly kind: 'Claim' } & ClaimOrder)
  | ({ readonly kind: 'Migrate' } & MigrationOrder)
  | { readonly kind: 'Restart'; readonly key: VmKey; readonly bootId: string }
  | { readonly kind: 'Remove'; readonly key: VmKey }
  | { readonly kind: 'Abort'; readonly key: VmKey; readonly migrationUid: string };

/** The memory driver; each order is looked at before it is carried out, and may meet a mishap. */
export function watched(driver: MemoryDriver, bad: Bad, look: (order: Order) => void): Driver {
  const give = (order: Order, carryOut: () => Promise<Outcome>): Promise<Outcome> => {
    look(order);
    return ordered(bad.next(), carryOut);
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    start: (listener, signal) => driver.start(listener, signal),
    observe: (key, wanted) => driver.observe(key, wanted),
    observeMigration: (key, uid) => driver.observeMigration(key, uid),
    observeNode: (name) => driver.observeNode(name),
    define: (order) => give({ kind: 'Define', ...order }, () => driver.define(order)),
    claim: (order) => give({ kind: 'Claim', ...order }, () => driver.claim(order)),
    migrate: (order) => give({ kind: 'Migrate', ...order }, () => driver.migrate(order)),
    restart: (key, bootId) => give({ kind: 'Restart', key, bootId }, () => driver.restart(key, bootId)),
    remove: (key) => give({ kind: 'Remove', key }, () => driver.remove(key)),
    abortMigration: (key, migrationUid) =>
      give({ kind: 'Abort', key, migrationUid }, () => driver.abortMigration(key, migrationUid)),
  };
}
