import { describe, expect, it } from '@jest/globals';
import type { MigrationPolicy } from '../../src/api/live-migration.ts';
import type { DriverCapabilities } from '../../src/domain/capabilities.ts';
import type { Bench } from './bench.ts';
import { ROW_TIMEOUT } from './power-rows.ts';

type Ability = keyof Pick<DriverCapabilities, 'postCopy' | 'autoConverge' | 'bandwidth' | 'forceComplete'>;

const rows: { ability: Ability; policy: MigrationPolicy }[] = [
  { ability: 'postCopy', policy: { onTimeout: 'Abort', postCopy: true } },
  { ability: 'autoConverge', policy: { onTimeout: 'Abort', autoConverge: true } },
  { ability: 'bandwidth', policy: { onTimeout: 'Abort', bandwidth: '100Gi' } },
  { ability: 'forceComplete', policy: { onTimeout: 'ForceComplete', completionTimeout: '1h' } },
];

/** Rows about what a driver says that it can't do. */
export function unsupportedRows(bench: () => Bench): void {
  describe('an order that the driver cannot honour is Unsupported, and one that it can is Accepted', () => {
    it.each(rows)(
      '$ability',
      async ({ ability, policy }) => {
        const b = bench();
        const { driver } = b;
        const vm = await b.boot();
        const order = b.migration(vm, { policy });
        const want = driver.capabilities[ability] ? 'Accepted' : 'Unsupported';
        expect(await driver.migrate(order)).toMatchObject({ kind: want });
        await b.fence();
        const known = driver.observeMigration(order.key, order.migrationUid) !== undefined;
        expect(known).toBe(driver.capabilities[ability]);
      },
      ROW_TIMEOUT,
    );
  });
}
