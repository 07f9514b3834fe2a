import type { JsonPatchOperation } from '../../kube/resource-client.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';

/** Name of the webhook configurations of the operator. */
export const WEBHOOK_CONFIGURATION = 'medevac';

const configuration = (plural: string, kind: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

export const WEBHOOK_CONFIGURATIONS: readonly Resource[] = [
  configuration('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
  configuration('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
];

/** A Validating- or MutatingWebhookConfiguration, as far as it is changed here. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

/** The patch that makes all webhooks of a configuration trust `bundle` (PEM); empty: they do. */
export function caBundlePatch(
  { metadata, webhooks = [] }: WebhookConfiguration,
  bundle: string,
): JsonPatchOperation[] {
  const caBundle = Buffer.from(bundle).toString('base64');
  const changes = webhooks.flatMap(({ clientConfig }, index) =>
    clientConfig.caBundle === caBundle
      ? []
      : [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle } as const],
  );
  if (changes.length === 0) return [];
  // The paths count on the order in which the webhooks were seen.
  return [{ op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }, ...changes];
}
