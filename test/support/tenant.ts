import type { KubeObject } from '../../src/kube/resource.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** A namespace and the rights of one who works in it: Instances, LiveMigrations, and what they need. */
export function tenantManifests(namespace: string, user: string): KubeObject[] {
  const subjects = [{ kind: 'User', apiGroup: RBAC, name: user }];
  const bindTo = (kind: 'Role' | 'ClusterRole', role: string, name: string) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: RBAC, kind, name: role },
    subjects,
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    role(namespace),
    bindTo('Role', 'storage', `${user}-storage`),
    bindTo('ClusterRole', 'medevac:edit', `${user}-edit`),
    bindTo('ClusterRole', 'medevac:migrate', `${user}-migrate`),
    bindTo('ClusterRole', 'medevac:rescue', `${user}-rescue`),
  ];
}

/** What `edit` gives in a cluster whose controllers aggregate it. */
function role(namespace: string): KubeObject & { rules: unknown[] } {
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name: 'storage', namespace },
    rules: [{ apiGroups: [''], resources: ['persistentvolumeclaims', 'secrets', 'events'], verbs }],
  };
}
