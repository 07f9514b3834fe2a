import { CHANGE_MIGRATION } from './changes.ts';
import { EDIT_INSTANCE } from './edits.ts';
import { LIVE_MIGRATE } from './live-migrate.ts';
import type { AnyTruthTable } from './truth-table.ts';

/** Who may do what, by what is asked for. */
export const TRUTH_TABLES: Readonly<Record<string, AnyTruthTable>> = {
  'A LiveMigration is created': LIVE_MIGRATE,
  'An Instance is edited or deleted': EDIT_INSTANCE,
  'A LiveMigration is changed': CHANGE_MIGRATION,
};
