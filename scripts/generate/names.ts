import { WEBHOOK_CONFIGURATION } from '../../src/webhooks/certificates/ca-bundle.ts';

export { LEASE_NAME as LEASE } from '../../src/api/names.ts';
export { CERTIFICATE_SECRET } from '../../src/webhooks/certificates/secret.ts';

/**
 * Name of the operator's ServiceAccount, roles, bindings, Deployment and webhook configurations. Fixed: rights are given
 * by name, and there is one installation a cluster.
 */
export const OPERATOR = WEBHOOK_CONFIGURATION;
/** ClusterRole for what is only needed where Kubernetes places VMs. */
export const ANCHOR_ROLE = `${OPERATOR}:anchors`;
/** Role in each namespace that the operator is limited to. */
export const WORKLOAD_ROLE = `${OPERATOR}-workloads`;
/** Role in namespace `default`, for Events of nodes, where the operator is limited to others. */
export const NODE_EVENT_ROLE = `${OPERATOR}-node-events`;
/** Service in front of the webhook server. */
export const WEBHOOK_SERVICE = 'medevac-webhook';
