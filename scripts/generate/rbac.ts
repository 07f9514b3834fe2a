import { GROUP } from '../../src/api/names.ts';
import { CERTIFICATE_SECRET, OPERATOR } from './names.ts';

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

/** What the operator may do in all namespaces. It reads no Secret, and changes no spec of an Instance. */
export const CLUSTER_RULES: readonly PolicyRule[] = [
  rule(GROUP, ['instances', 'livemigrations'], READ),
  rule(GROUP, ['instances/status', 'livemigrations/status'], ['patch']),
  // Those that drains make, abort and clear away.
  rule(GROUP, ['livemigrations'], ['create', 'patch', 'delete']),
  // An eviction names a pod and says nothing of it.
  rule('', ['pods'], ['get']),
  rule('kubevirt.io', ['virtualmachines'], [...READ, 'create', 'patch', 'delete']),
  rule('kubevirt.io', ['virtualmachineinstances'], READ),
  rule('kubevirt.io', ['virtualmachineinstancemigrations'], [...READ, 'create', 'delete']),
  rule('subresources.kubevirt.io', ['virtualmachines/restart'], ['update']),
  // The mark of an eviction that was refused while we were away. The API server takes the first part of the path for the
  // subresource, virt-api both.
  rule(
    'subresources.kubevirt.io',
    ['virtualmachineinstances/evacuate', 'virtualmachineinstances/evacuate/cancel'],
    ['update'],
  ),
  // Labels that say what a node's hypervisor can do: metadata can't be told from the rest of a Node.
  rule('', ['nodes'], [...READ, 'patch']),
  rule('events.k8s.io', ['events'], ['create', 'patch']),
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    resourceNames: [OPERATOR],
    verbs: [...READ, 'patch'],
  },
];

/** What the operator may do in its own namespace. `create` can't be restricted by name: the name isn't known yet. */
export const NAMESPACE_RULES: readonly PolicyRule[] = [
  rule('coordination.k8s.io', ['leases'], [...READ, 'create', 'update', 'patch']),
  rule('', ['secrets'], ['create']),
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [CERTIFICATE_SECRET],
    verbs: [...READ, 'update', 'patch'],
  },
];

/** What the operator may do in the namespace that KubeVirt is installed in: it looks at virt-handler. */
export const KUBEVIRT_RULES: readonly PolicyRule[] = [rule('', ['pods'], READ)];

/**
 * What the operator may do beside, in all namespaces, where Kubernetes places VMs: it makes a Pod and a budget for each, and
 * holds an Instance with a finalizer until its VM is gone.
 */
export const ANCHOR_RULES: readonly PolicyRule[] = [
  rule('', ['pods'], [...READ, 'create', 'delete']),
  rule('policy', ['poddisruptionbudgets'], [...READ, 'create']),
  rule(GROUP, ['instances'], ['patch']),
];

/** A ClusterRole for people. */
export interface UserRole {
  readonly name: string;
  /** Built-in roles that get these rules as well. */
  readonly aggregateTo: readonly ('view' | 'edit' | 'admin')[];
  readonly rules: readonly PolicyRule[];
}

export const USER_ROLES: readonly UserRole[] = [
  {
    name: 'medevac:view',
    aggregateTo: ['view', 'edit', 'admin'],
    rules: [rule(GROUP, ['instances', 'livemigrations'], READ)],
  },
  {
    name: 'medevac:edit',
    aggregateTo: ['edit', 'admin'],
    rules: [rule(GROUP, ['instances'], [...READ, ...WRITE, 'deletecollection'])],
  },
  {
    // Not aggregated: who may migrate at will can hold up every drain, so an admin of the cluster binds it by hand.
    name: 'medevac:migrate',
    aggregateTo: [],
    rules: [rule(GROUP, ['livemigrations'], [...READ, ...WRITE])],
  },
];

/** The ClusterRole object of a UserRole. */
export function userClusterRole({ name, aggregateTo, rules }: UserRole) {
  const labels = aggregateTo.map(
    (role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true'] as const,
  );
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: Object.fromEntries(labels) },
    rules,
  };
}
