import type { RefusalReason } from '../verdict.ts';

/*
 * Reasons of condition Evacuating of an Instance, each with its meaning behind it; docs/messages.md is generated from here.
 */

/** Why a VM stays on a node that is being drained. */
export type BlockReason =
  | 'PolicyBlock' /** spec.evacuation.policy is Block. */
  | 'InstanceNotStarted' /** The VM is being booted; it is moved as soon as it runs. */
  | 'NoDestination' /** No other node can take the VM now. */
  | RefusalReason;

/** Why a VM would stay, as far as it can be told beforehand: of these kube-scheduler, and the API server, have the word. */
export type RoomReason =
  | 'QuotaExceeded' /** A ResourceQuota of its namespace has no room for the Pod at the destination. */
  | 'NoCapacity'; /** None of the nodes that it could go to has room for it. */

/** How far a VM is on its way off a node that is being drained. */
export type EvacuatingReason =
  | 'NotEvacuating' /** Nobody asks for the VM to leave its node. */
  | 'LiveMigration' /** A live migration of it is under way. */
  | 'Waiting' /** It waits for its turn, or for the next attempt after one that did not succeed. */
  | BlockReason;
