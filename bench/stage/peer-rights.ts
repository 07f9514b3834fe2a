import { GROUP } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/resource.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ROLE = 'bench-peer';

/** Where the ServiceAccounts of the peers are. */
export const PEERS_NAMESPACE = 'bench-peers';

/** User name of a peer's ServiceAccount: by it the audit log tells its requests. */
export function peerUser(name: string): string {
  return `system:serviceaccount:${PEERS_NAMESPACE}:${name}`;
}

const read = ['get', 'list', 'watch'];

const RULES = [
  { apiGroups: [GROUP], resources: ['instances'], verbs: [...read, 'patch', 'update'] },
  { apiGroups: [GROUP], resources: ['instances/status'], verbs: ['get', 'patch', 'update'] },
  {
    apiGroups: ['kubevirt.io'],
    resources: ['virtualmachines'],
    verbs: [...read, 'create', 'patch', 'update'],
  },
  { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstances'], verbs: read },
  { apiGroups: ['subresources.kubevirt.io'], resources: ['virtualmachines/restart'], verbs: ['update'] },
  // What kopf looks at besides.
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: read },
  { apiGroups: [''], resources: ['namespaces'], verbs: read },
];

/** The rights that the job needs; the same for all peers. */
export function peerManifests(peers: readonly string[]): KubeObject[] {
  const subjects = peers.map((name) => ({ kind: 'ServiceAccount', name, namespace: PEERS_NAMESPACE }));
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: ROLE };
  const metadata = { name: ROLE };
  return [
    manifest('v1', 'Namespace', { metadata: { name: PEERS_NAMESPACE } }),
    manifest(`${RBAC}/v1`, 'ClusterRole', { metadata, rules: RULES }),
    manifest(`${RBAC}/v1`, 'ClusterRoleBinding', { metadata, roleRef, subjects }),
  ];
}

function manifest<T extends Pick<KubeObject, 'metadata'>>(apiVersion: string, kind: string, content: T) {
  return { apiVersion, kind, ...content };
}
