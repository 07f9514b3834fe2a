import { GROUP, STORAGE_VERSION } from './names.ts';

const OURS = { group: GROUP, version: STORAGE_VERSION, namespaced: true } as const;

/** Where the API server has our kinds. */
export const INSTANCES = { ...OURS, plural: 'instances', kind: 'Instance' } as const;
export const LIVE_MIGRATIONS = { ...OURS, plural: 'livemigrations', kind: 'LiveMigration' } as const;

/** Kubernetes' own. */
export const PODS = { group: '', version: 'v1', namespaced: true, plural: 'pods', kind: 'Pod' } as const;
export const NODES = { group: '', version: 'v1', namespaced: false, plural: 'nodes', kind: 'Node' } as const;
export const RESOURCE_QUOTAS = {
  group: '',
  version: 'v1',
  namespaced: true,
  plural: 'resourcequotas',
  kind: 'ResourceQuota',
} as const;
