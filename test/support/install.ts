import { GROUP, VERSIONS } from '../../src/api/names.ts';
import { collectionPath, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { admissionPolicies } from '../../scripts/generate/admission-policies.ts';
import { customResourceDefinitions, KINDS } from '../../scripts/generate/crds.ts';
import { ANCHOR_ROLE, NODE_EVENT_ROLE, OPERATOR, WORKLOAD_ROLE } from '../../scripts/generate/names.ts';
import {
  ANCHOR_RULES,
  CLUSTER_CERTIFICATE_RULES,
  KUBEVIRT_RULES,
  NAMESPACE_CERTIFICATE_RULES,
  NAMESPACE_RULES,
  NODE_EVENT_RULES,
  NODE_RULES,
  USER_ROLES,
  userClusterRole,
  WORKLOAD_RULES,
  type PolicyRule,
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
export interface Deployment {
  readonly namespace: string;
  /** Who finds the nodes of VMs. Default: ByBackend. */
  readonly placement?: MemoryPlacement;
  /** Those that it is limited to; they are made. Default: it works in all that there are. */
  readonly namespaces?: readonly string[] | undefined;
}

/**
 * What the chart installs but for the Deployment and what leads to it, and KubeVirt's namespace: CRDs, namespace,
 * ServiceAccount, roles and bindings, admission policies, in the order in which they are to be applied.
 */
export function deploymentManifests(deployment: Deployment): KubeObject[] {
  const { namespace } = deployment;
  const toOperator = grantsTo({ kind: 'ServiceAccount', name: OPERATOR, namespace });
  return [
    ...customResourceDefinitions(),
    manifest('v1', 'Namespace', { metadata: { name: namespace } }),
    manifest('v1', 'ServiceAccount', { metadata: { name: OPERATOR, namespace } }),
    ...workloadRoles(deployment, toOperator),
    ...toOperator({ name: OPERATOR, namespace }, [...NAMESPACE_RULES, ...NAMESPACE_CERTIFICATE_RULES]),
    manifest('v1', 'Namespace', { metadata: { name: KUBEVIRT_NAMESPACE } }),
    ...toOperator({ name: OPERATOR, namespace: KUBEVIRT_NAMESPACE }, KUBEVIRT_RULES),
    ...USER_ROLES.map(userClusterRole),
    ...admissionPolicies(),
  ];
}

type Grant = (
  metadata: { readonly name: string; readonly namespace?: string },
  rules: readonly PolicyRule[],
) => KubeObject[];

/** A role with the rules and of the name, and what binds it to the subject. */
function grantsTo(subject: object): Grant {
  return (metadata, rules) => {
    const kind = metadata.namespace === undefined ? 'ClusterRole' : 'Role';
    const roleRef = { apiGroup: RBAC, kind, name: metadata.name };
    return [
      manifest(`${RBAC}/v1`, kind, { metadata, rules }),
      manifest(`${RBAC}/v1`, `${kind}Binding`, { metadata, roleRef, subjects: [subject] }),
    ];
  };
}

function workloadRoles({ placement, namespaces }: Deployment, grant: Grant): KubeObject[] {
  const ofCluster = [...NODE_RULES, ...CLUSTER_CERTIFICATE_RULES];
  const anchors = placement === 'ByScheduler' ? ANCHOR_RULES : [];
  if (namespaces === undefined) {
    const own = grant({ name: OPERATOR }, [...WORKLOAD_RULES, ...ofCluster]);
    return anchors.length === 0 ? own : [...own, ...grant({ name: ANCHOR_ROLE }, anchors)];
  }
  const inEach = namespaces.flatMap((namespace) => [
    manifest('v1', 'Namespace', { metadata: { name: namespace } }),
    ...grant({ name: WORKLOAD_ROLE, namespace }, [...WORKLOAD_RULES, ...anchors]),
  ]);
  const events = grant({ name: NODE_EVENT_ROLE, namespace: 'default' }, NODE_EVENT_RULES);
  return [...grant({ name: OPERATOR }, ofCluster), ...inEach, ...events];
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
