import { Instance } from '../api/instance.ts';
import { LiveMigration } from '../api/live-migration.ts';
import { GROUP, STORAGE_VERSION } from '../api/names.ts';
import type { Resource } from '../kube/resource.ts';

export const INSTANCES: Resource = {
  group: GROUP,
  version: STORAGE_VERSION,
  plural: 'instances',
  kind: 'Instance',
  namespaced: true,
};

export const LIVE_MIGRATIONS: Resource = {
  group: GROUP,
  version: STORAGE_VERSION,
  plural: 'livemigrations',
  kind: 'LiveMigration',
  namespaced: true,
};

export function parseInstance(raw: unknown): Instance {
  return Instance.parse(raw);
}

export function parseLiveMigration(raw: unknown): LiveMigration {
  return LiveMigration.parse(raw);
}
