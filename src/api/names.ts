/** API group of our kinds. */
export const GROUP = 'compute.medevac.dev';
/** The stored version; the one in which a rescued Instance may be live-migrated. */
export const STORAGE_VERSION = 'v1beta1';
/** All served versions, oldest first. They have one schema; the version plays the part of Nova's microversion. */
export const VERSIONS = ['v1alpha1', STORAGE_VERSION] as const;
export type ApiVersion = (typeof VERSIONS)[number];

/** Field manager of everything that the operator applies. */
export const FIELD_MANAGER = 'medevac';
/** Of the Lease that replicas agree by on who acts, in their own namespace. */
export const LEASE_NAME = 'medevac';

/**
 * A node label that a kubelet may not set on itself (the NodeRestriction admission plugin guards the prefix),
 * so that a node can't make itself a destination.
 */
const NODE_PREFIX = 'medevac.dev.node-restriction.kubernetes.io';
/** `"true"`: the hypervisor of this node can send a rescued VM. Anything else means that it can't. */
export const SOURCE_LABEL = `${NODE_PREFIX}/rescued-migration-source`;
/** `"true"`: the hypervisor of this node can receive a rescued VM. Anything else means that it can't. */
export const DESTINATION_LABEL = `${NODE_PREFIX}/rescued-migration-destination`;
/** Set by an admin, `"true"` or `"false"`: whether this node can send, whatever the version of its hypervisor says. */
export const OVERRIDE_SOURCE_LABEL = `${NODE_PREFIX}/override-rescued-migration-source`;
/** Set by an admin, `"true"` or `"false"`: whether this node can receive, whatever the version of its hypervisor says. */
export const OVERRIDE_DESTINATION_LABEL = `${NODE_PREFIX}/override-rescued-migration-destination`;

/** `"true"`: a VM may be placed on this node, because its hypervisor is heard of; written where Kubernetes places VMs. */
export const VM_HOST_LABEL = `${NODE_PREFIX}/vm-host`;

/** On a VM's template, and so on what runs: how it was booted. Nothing else says it. */
export const MODE_ANNOTATION = `${GROUP}/boot-mode`;
/** On a VM's template: fingerprint of the rescue system that it was booted from; empty in a normal boot. */
export const SESSION_ANNOTATION = `${GROUP}/rescue-session`;
/** On a VM's template: fingerprint of the whole rendered VM. */
export const SPEC_HASH_ANNOTATION = `${GROUP}/spec-hash`;
/** On what belongs to an Instance: that Instance's uid. */
export const INSTANCE_UID_LABEL = `${GROUP}/instance-uid`;
/** On a running VM: `"true"` while it is booted from a rescue image (usable in a KubeVirt MigrationPolicy). */
export const RESCUED_LABEL = `${GROUP}/rescued`;
/** On what a LiveMigration made: that LiveMigration's uid. */
export const MIGRATION_UID_LABEL = `${GROUP}/live-migration-uid`;

/** On a LiveMigration that a drain made: the node that the VM leaves, shortened where a label can't hold its name. */
export const DRAINED_NODE_LABEL = `${GROUP}/drained-node`;
/** On a LiveMigration that a drain made: uid of the pod whose eviction was asked for, or of the boot that was in it. */
export const EVICTED_LABEL = `${GROUP}/evicted`;

/** On an Instance, `"true"`: a VM of its name that medevac did not make is taken over, with its identity. */
export const ADOPT_ANNOTATION = `${GROUP}/adopt`;

/** Name of the disk that a rescue boot adds; a user's disk can't have it. */
export const RESCUE_DISK = 'medevac-rescue';
/** Name of the seed that a rescue boot adds where the VM has none of its own; a user's disk can't have it. */
export const RESCUE_CREDENTIALS_DISK = `${RESCUE_DISK}-credentials`;

/** Field manager of what the kubectl plugin writes: it owns what a person asked for by hand, and nothing else. */
export const CLI_FIELD_MANAGER = 'medevac-cli';
/** On what belongs to an Instance and is looked up by people and by its own kind: that Instance's name. */
export const INSTANCE_LABEL = `${GROUP}/instance`;
/** On the Pods that stand for VMs at kube-scheduler, and on no others: `"true"`. */
export const ANCHOR_LABEL = `${GROUP}/anchor`;
/** On such a Pod: fingerprint of what it was made from. */
export const ANCHOR_ORDER_ANNOTATION = `${GROUP}/anchor-order`;
/** On an Instance whose VM does not go with it by itself: it stays until the VM is gone. */
export const VM_FINALIZER = `${GROUP}/vm`;
