import { GROUP } from '../../src/api/names.ts';
import { CERTIFICATE_SECRET, LEASE, OPERATOR } from './names.ts';

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What a cache takes: whoever has listed and watches asks for no single object. */
const FOLLOW = ['list', 'watch'];
const READ = ['get', ...FOLLOW];
const WRITE = ['create', 'update', 'patch', 'delete'];

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

const EVENT_RULE = rule('', ['events'], ['create', 'patch']);

/**
 * What the operator may do in the namespaces that it works in: all, or those that it is limited to. It reads no Secret, and
 * changes no spec of an Instance. That each right of it is used, and no other is missed, test/e2e/rights.test.ts shows.
 */
export const WORKLOAD_RULES: readonly PolicyRule[] = [
  // One is read before a request is refused for what goes on with it.
  rule(GROUP, ['instances', 'livemigrations'], READ),
  // Any replica patches what it notes of an eviction; all else is replaced.
  rule(GROUP, ['instances/status'], ['update', 'patch']),
  rule(GROUP, ['livemigrations/status'], ['update']),
  // Those that drains make, abort and clear away.
  rule(GROUP, ['livemigrations'], ['create', 'patch', 'delete']),
  // An eviction names a pod and says nothing of it.
  rule('', ['pods'], ['get']),
  // They go with their Instances, by owner reference. One is read where the answer to an order was lost.
  rule('kubevirt.io', ['virtualmachines'], [...READ, 'create', 'patch']),
  rule('kubevirt.io', ['virtualmachineinstances'], READ),
  rule('kubevirt.io', ['virtualmachineinstancemigrations'], [...FOLLOW, 'create', 'delete']),
  rule('subresources.kubevirt.io', ['virtualmachines/restart'], ['update']),
  // The mark of an eviction that was refused while we were away. The API server takes the first part of the path for the
  // subresource, virt-api both.
  rule(
    'subresources.kubevirt.io',
    ['virtualmachineinstances/evacuate', 'virtualmachineinstances/evacuate/cancel'],
    ['update'],
  ),
  EVENT_RULE,
];

/**
 * What it may do that belongs to no namespace: write the labels that say what a node's hypervisor can do. Metadata can't be told
 * from the rest of a Node.
 */
export const NODE_RULES: readonly PolicyRule[] = [rule('', ['nodes'], [...FOLLOW, 'patch'])];

/** What it may do in namespace `default`, where Events of nodes are, when it is limited to others. */
export const NODE_EVENT_RULES: readonly PolicyRule[] = [EVENT_RULE];

/** What it may do beside, in all namespaces, where it makes the certificates of its webhooks itself. */
export const CLUSTER_CERTIFICATE_RULES: readonly PolicyRule[] = [
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    resourceNames: [OPERATOR],
    verbs: [...FOLLOW, 'patch'],
  },
];

/** What the operator may do in its own namespace: lead. `create` can't be restricted by name: the name isn't known yet. */
export const NAMESPACE_RULES: readonly PolicyRule[] = [
  rule('coordination.k8s.io', ['leases'], ['create']),
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [LEASE],
    verbs: [...READ, 'update'],
  },
];

/** The same, where it makes its certificates itself. */
export const NAMESPACE_CERTIFICATE_RULES: readonly PolicyRule[] = [
  rule('', ['secrets'], ['create']),
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [CERTIFICATE_SECRET],
    verbs: [...FOLLOW, 'patch'],
  },
];

/** What the operator may do in the namespace that KubeVirt is installed in: it looks at virt-handler. */
export const KUBEVIRT_RULES: readonly PolicyRule[] = [rule('', ['pods'], FOLLOW)];

/**
 * What the operator may do beside, in all namespaces, where Kubernetes places VMs: it makes a Pod and a budget for each, and
 * holds an Instance with a finalizer until its VM is gone.
 */
export const ANCHOR_RULES: readonly PolicyRule[] = [
  rule('', ['pods'], [...FOLLOW, 'create', 'delete']),
  rule('policy', ['poddisruptionbudgets'], [...FOLLOW, 'create']),
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
  {
    // Not aggregated: who may rescue may read and change what is on the VM's disks. An admission policy asks for it.
    name: 'medevac:rescue',
    aggregateTo: [],
    rules: [rule(GROUP, ['instances/rescue'], ['create'])],
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
