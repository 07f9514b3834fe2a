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

/** How far a VM is on its way off a node that is being drained. */
export type EvacuatingReason =
  | 'NotEvacuating' /** Nobody asks for the VM to leave its node. */
  | 'LiveMigration' /** A live migration of it is under way. */
  | 'Waiting' /** It waits for its turn, or for the next attempt after one that did not succeed. */
  | BlockReason;
