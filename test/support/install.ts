import { GROUP, VERSIONS } from '../../src/api/names.ts';
import { collectionPath, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { admissionPolicies } from '../../scripts/generate/admission-policies.ts';
import { customResourceDefinitions, KINDS } from '../../scripts/generate/crds.ts';
import { ANCHOR_ROLE, OPERATOR } from '../../scripts/generate/names.ts';
import {
  ANCHOR_RULES,
  CLUSTER_RULES,
  KUBEVIRT_RULES,
  NAMESPACE_RULES,
  USER_ROLES,
  userClusterRole,
} from '../../scripts/generate/rbac.ts';
import type { MemoryPlacement } from '../../src/drivers/memory/index.ts';
import { waitFor } from './wait.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
/** Where the simulator, or KubeVirt, is installed. */
const KUBEVIRT_NAMESPACE = 'kubevirt';

/** What can be installed, by kind. */
const RESOURCES: Readonly<Record<string, Resource>> = Object.fromEntries(
  [
    resource('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions', false),
    resource('', 'Namespace', 'namespaces', false),
    resource('', 'Secret', 'secrets', true),
    resource('', 'ServiceAccount', 'serviceaccounts', true),
    resource(RBAC, 'ClusterRole', 'clusterroles', false),
    resource(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', false),
    resource(RBAC, 'Role', 'roles', true),
    resource(RBAC, 'RoleBinding', 'rolebindings', true),
    resource(ADMISSION, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', false),
    resource(ADMISSION, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', false),
    resource(ADMISSION, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', false),
    resource(ADMISSION, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', false),
  ].map((entry) => [entry.kind, entry]),
);

function resource(group: string, kind: string, plural: string, namespaced: boolean): Resource {
  return { group, version: 'v1', plural, kind, namespaced };
}

/** User name of the ServiceAccount that the operator runs as; a user of that name has its rights. */
export function operatorUser(namespace: string): string {
  return `system:serviceaccount:${namespace}:${OPERATOR}`;
}

/** How the operator is deployed. */
interface Deployment {
  readonly namespace: string;
  /** Who finds the nodes of VMs. Default: ByBackend. */
  readonly placement?: MemoryPlacement;
}

/**
 * What the chart installs but for the Deployment and what leads to it, and KubeVirt's namespace: CRDs, namespace,
 * ServiceAccount, roles and bindings, admission policies, in the order in which they are to be applied.
 */
export function deploymentManifests({ namespace, placement = 'ByBackend' }: Deployment): KubeObject[] {
  const subjects = [{ kind: 'ServiceAccount', name: OPERATOR, namespace }];
  const roleRef = (kind: string) => ({ apiGroup: RBAC, kind, name: OPERATOR });
  const shared = { name: OPERATOR };
  const own = { name: OPERATOR, namespace };
  const inKubeVirt = { name: OPERATOR, namespace: KUBEVIRT_NAMESPACE };
  return [
    ...customResourceDefinitions(),
    manifest('v1', 'Namespace', { metadata: { name: namespace } }),
    manifest('v1', 'ServiceAccount', { metadata: own }),
    manifest(`${RBAC}/v1`, 'ClusterRole', { metadata: shared, rules: CLUSTER_RULES }),
    manifest(`${RBAC}/v1`, 'ClusterRoleBinding', {
      metadata: shared,
      roleRef: roleRef('ClusterRole'),
      subjects,
    }),
    ...(placement === 'ByScheduler' ? anchorRole(subjects) : []),
    manifest(`${RBAC}/v1`, 'Role', { metadata: own, rules: NAMESPACE_RULES }),
    manifest(`${RBAC}/v1`, 'RoleBinding', { metadata: own, roleRef: roleRef('Role'), subjects }),
    manifest('v1', 'Namespace', { metadata: { name: KUBEVIRT_NAMESPACE } }),
    manifest(`${RBAC}/v1`, 'Role', { metadata: inKubeVirt, rules: KUBEVIRT_RULES }),
    manifest(`${RBAC}/v1`, 'RoleBinding', { metadata: inKubeVirt, roleRef: roleRef('Role'), subjects }),
    ...USER_ROLES.map(userClusterRole),
    ...admissionPolicies(),
  ];
}

function anchorRole(subjects: readonly object[]): KubeObject[] {
  const metadata = { name: ANCHOR_ROLE };
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: ANCHOR_ROLE };
  return [
    manifest(`${RBAC}/v1`, 'ClusterRole', { metadata, rules: ANCHOR_RULES }),
    manifest(`${RBAC}/v1`, 'ClusterRoleBinding', { metadata, roleRef, subjects }),
  ];
}

function manifest<T extends Pick<KubeObject, 'metadata'>>(apiVersion: string, kind: string, content: T) {
  return { apiVersion, kind, ...content };
}

/** Applies manifests in their order; resolves when our kinds, if they are among them, can be listed. */
export async function install(transport: Transport, manifests: readonly KubeObject[]): Promise<void> {
  for (const object of manifests) {
    const target = RESOURCES[object.kind ?? ''];
    if (target === undefined)
      throw new Error(`install does not know ${object.kind ?? 'an object without kind'}`);
    await new ResourceClient(transport, target).apply(object, { fieldManager: 'install', force: true });
  }
  if (manifests.some(({ kind }) => kind === 'CustomResourceDefinition')) await kindsServed(transport);
}

/** A CRD is Established a moment before its objects can be asked for. */
async function kindsServed(transport: Transport): Promise<void> {
  const paths = KINDS.flatMap(({ kind, plural }) =>
    VERSIONS.map((version) => collectionPath({ group: GROUP, version, plural, kind, namespaced: true })),
  );
  await Promise.all(
    paths.map((path) =>
      waitFor(`${path} is served`, async () => {
        await transport.request({ method: 'GET', path });
        return true;
      }),
    ),
  );
}
