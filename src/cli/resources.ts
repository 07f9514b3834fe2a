import type { Resource } from '../kube/resource.ts';

const CORE = { group: '', version: 'v1', namespaced: false } as const;

export const NODES: Resource = { ...CORE, plural: 'nodes', kind: 'Node' };
export const NAMESPACES: Resource = { ...CORE, plural: 'namespaces', kind: 'Namespace' };
