import { GROUP, VERSIONS } from '../../src/api/names.ts';
import { OPERATOR } from './names.ts';

/** Where the API server finds the webhook server. */
export type WebhookServer =
  | { readonly service: { readonly name: string; readonly namespace: string }; readonly caBundle?: string }
  | { readonly url: string; readonly caBundle?: string };

/** A webhook but for where its server is. */
export interface Webhook {
  readonly name: string;
  readonly path: string;
  readonly resource: string;
}

export const WEBHOOKS: readonly Webhook[] = [
  { name: `instances.${GROUP}`, path: '/validate/instances', resource: 'instances' },
  { name: `livemigrations.${GROUP}`, path: '/validate/live-migrations', resource: 'livemigrations' },
];

/** KubeVirt's own migrations of our VMs, by whomever. */
const KUBEVIRT_MIGRATION_WEBHOOK = {
  name: `kubevirt-migrations.${GROUP}`,
  path: '/mutate/kubevirt-migrations',
} as const;

/**
 * Of what others create; the operator's own pass by, so that none of its migrations waits for itself. `Ignore`: KubeVirt
 * works on while we are down, and what was let through is seen by the controllers.
 * @param namespace of the operator
 */
export function kubeVirtMigrationRules(namespace: string) {
  return {
    name: KUBEVIRT_MIGRATION_WEBHOOK.name,
    admissionReviewVersions: ['v1'],
    rules: [
      {
        apiGroups: ['kubevirt.io'],
        apiVersions: ['*'],
        resources: ['virtualmachineinstancemigrations'],
        operations: ['CREATE'],
        scope: 'Namespaced',
      },
    ],
    // Each version as it was asked for: nothing that is read of it differs.
    matchPolicy: 'Exact',
    matchConditions: [
      {
        name: 'made-by-somebody-else',
        expression: `request.userInfo.username != 'system:serviceaccount:${namespace}:${OPERATOR}'`,
      },
    ],
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    sideEffects: 'None',
    timeoutSeconds: 3,
  };
}

/** Evictions of pods that VMs run in, or that stand for them at kube-scheduler, as `kubectl drain` asks for them. */
const EVICTION_WEBHOOK = { name: `evictions.${GROUP}`, path: '/mutate/evictions' } as const;

/** An Eviction carries no more of its pod than the name. */
const OF_A_VM = "request.name.startsWith('virt-launcher-') || request.name.matches('-anchor-[0-9a-f]{8}$')";

/**
 * It changes nothing: mutating webhooks are asked before validating ones, so that what the drain prints is ours and not
 * KubeVirt's. `Ignore`: while we are down, KubeVirt holds the pod, or the budget of the anchors does. Other pods' evictions pass by.
 */
export function evictionRules() {
  return {
    name: EVICTION_WEBHOOK.name,
    admissionReviewVersions: ['v1'],
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['pods/eviction'],
        operations: ['CREATE'],
        scope: 'Namespaced',
      },
    ],
    matchPolicy: 'Exact',
    matchConditions: [{ name: 'of-a-vm', expression: OF_A_VM }],
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: 3,
  };
}

/** The mutating webhooks, each with its path. */
export function mutatingWebhooks(namespace: string) {
  return [
    { rules: kubeVirtMigrationRules(namespace), path: KUBEVIRT_MIGRATION_WEBHOOK.path },
    { rules: evictionRules(), path: EVICTION_WEBHOOK.path },
  ];
}

/**
 * What is the same wherever the server is. `Exact`, with every version listed: the server must see which version was
 * asked. Updates that leave the spec alone (finalizers, labels) pass by: they must not hang while we are down.
 */
export function webhookRules({ name, resource }: Webhook) {
  return {
    name,
    admissionReviewVersions: ['v1'],
    rules: [
      {
        apiGroups: [GROUP],
        apiVersions: VERSIONS,
        resources: [resource],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ],
    matchPolicy: 'Exact',
    matchConditions: [
      { name: 'spec-changed', expression: 'oldObject == null || object.spec != oldObject.spec' },
    ],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    timeoutSeconds: 5,
  };
}

/** Without a caBundle it is the operator that puts its own in. */
function clientConfig({ caBundle, ...server }: WebhookServer, path: string) {
  return {
    ...('url' in server ? { url: new URL(path, server.url).href } : { service: { ...server.service, path } }),
    ...(caBundle === undefined ? {} : { caBundle: base64(caBundle) }),
  };
}

/** Elsewhere nobody is asked: nothing there must wait for an operator that has no business with it. */
function within(namespaces: readonly string[] | undefined): object {
  if (namespaces === undefined) return {};
  const isOne = { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces };
  return { namespaceSelector: { matchExpressions: [isOne] } };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/**
 * The ValidatingWebhookConfiguration of the operator.
 * @param server a Service of the cluster, or a URL base such as `https://127.0.0.1:9443`; `caBundle` is PEM.
 * @param namespaces those that the operator is limited to
 */
export function webhookConfiguration(server: WebhookServer, namespaces?: readonly string[]) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: OPERATOR },
    webhooks: WEBHOOKS.map((webhook) => ({
      ...webhookRules(webhook),
      ...within(namespaces),
      clientConfig: clientConfig(server, webhook.path),
    })),
  };
}

/**
 * The MutatingWebhookConfiguration of the operator.
 * @param server and `namespaces` as above
 * @param namespace of the operator
 */
export function mutatingWebhookConfiguration(
  server: WebhookServer,
  namespace: string,
  namespaces?: readonly string[],
) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: OPERATOR },
    webhooks: mutatingWebhooks(namespace).map(({ rules, path }) => ({
      ...rules,
      ...within(namespaces),
      clientConfig: clientConfig(server, path),
    })),
  };
}
