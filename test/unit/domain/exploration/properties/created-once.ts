import { migrationWith } from '../world/world.ts';
import type { Property } from './property.ts';

/** Rule 5: a crash at any point creates nothing twice. (A VM has its Instance's name: there can't be two.) */
export const CREATED_ONCE: readonly Property[] = [
  function oneMigrationForEach(before, { order, next }) {
    if (order?.kind !== 'Migrate' || next.migration === before.migration) return undefined;
    const attempts = migrationWith(order.uid, before)?.status?.attempts;
    const again = before.migration?.uid === order.uid || attempts !== undefined;
    return again ? 'a second migration is made at the backend for one LiveMigration' : undefined;
  },
];
