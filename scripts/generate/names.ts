import { WEBHOOK_CONFIGURATION } from '../../src/webhooks/certificates/ca-bundle.ts';

export { CERTIFICATE_SECRET } from '../../src/webhooks/certificates/secret.ts';

/**
 * Name of the operator's ServiceAccount, roles, bindings, Deployment and webhook configurations. Fixed: rights are given
 * by name, and there is one installation a cluster.
 */
export const OPERATOR = WEBHOOK_CONFIGURATION;
/** ClusterRole for what is only needed where Kubernetes places VMs. */
export const ANCHOR_ROLE = `${OPERATOR}:anchors`;
/** Service in front of the webhook server. */
export const WEBHOOK_SERVICE = 'medevac-webhook';
