import { Instance } from '../api/instance.ts';
import { LiveMigration } from '../api/live-migration.ts';

export { INSTANCES, LIVE_MIGRATIONS } from '../api/resources.ts';

export function parseInstance(raw: unknown): Instance {
  return Instance.parse(raw);
}

export function parseLiveMigration(raw: unknown): LiveMigration {
  return LiveMigration.parse(raw);
}
