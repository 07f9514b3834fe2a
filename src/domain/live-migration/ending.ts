import type { LiveMigration } from '../../api/live-migration.ts';
import { milliseconds } from '../duration.ts';
import { isRescueOverdue } from '../instance/lease.ts';
import { nodeLossOf } from '../instance/node-loss.ts';
import type { InstanceObservation } from '../instance/observation.ts';
import type { ObservedMigration } from '../observed.ts';
import { sentence } from '../sentence.ts';
import type { Refused } from '../verdict.ts';
import { isInstanceDeleted, type MigrationObservation } from './observation.ts';
import type { AbortReason, FailureReason, SuccessReason } from './reasons.ts';

/** How a migration ended, and where the guest is. */
export type Ending = (
  | { readonly phase: 'Succeeded'; readonly reason: SuccessReason }
  | { readonly phase: 'Aborted'; readonly reason: AbortReason }
  | { readonly phase: 'Failed'; readonly reason: FailureReason }
) & {
  readonly message: string;
  readonly node: string | undefined;
  /** Set where a check refused it, so that it was never let in. */
  readonly refusal?: Refused;
};

/** A migration that never began, because a check refused it: the Instance is as it was. */
export function endedByRefusal(refusal: Refused, node: string | undefined): Ending {
  const { reason, message } = refusal;
  return { phase: 'Failed', reason, message, node, refusal };
}

/** The user stopped a migration that had not begun. */
export function endedBeforeStart(node: string | undefined): Ending {
  return {
    phase: 'Aborted',
    reason: 'AbortRequested',
    message: 'The migration was aborted before it began.',
    node,
  };
}

/** The lease of the rescue expired before the migration had begun: the guest is where it was. */
export function endedByLease(migration: LiveMigration, node: string | undefined): Ending {
  const message = `${leaseWords(migration)} The guest is unharmed on node "${node ?? ''}".`;
  return { phase: 'Failed', reason: 'LeaseExpired', message, node };
}

function leaseWords({ metadata: { namespace }, spec: { instanceName } }: LiveMigration): string {
  return (
    `The lease of the rescue of Instance ${namespace}/${instanceName} expired before the transfer began, and ends the rescue. ` +
    'Create the LiveMigration again if the Instance is still to be moved.'
  );
}

/**
 * The VM is seen through another watch than its migration: so long they may tell different things. After that, a guest
 * on its source was booted there anew. Milliseconds.
 */
const WATCH_LAG = 10_000;

function mayLag({ source, endedAt }: ObservedMigration, node: string | undefined, now: number): boolean {
  return node === source && endedAt !== undefined && now - Date.parse(endedAt) < WATCH_LAG;
}

/** The end of a migration from what the driver says of it; `undefined` while it is not over. */
export function endingOf(observation: MigrationObservation, now: number): Ending | undefined {
  const { observed, instance } = observation;
  const node = guestNode(instance);
  if (observed?.phase === 'Succeeded') {
    return mayLag(observed, node, now) ? undefined : succeeded(observation, node ?? observed.destination);
  }
  return observed?.phase === 'Failed' ? failed(observation, observed, { node, now }) : undefined;
}

/** Where the guest runs; one that has ended is nowhere, though its backend may still have a record of it. */
function guestNode(instance: InstanceObservation | undefined): string | undefined {
  const running = instance?.vm?.running;
  return running?.phase === 'Ended' ? undefined : running?.node;
}

/** Where the guest is, as far as anybody knows: of one on a node that is lost, nothing is known. */
export function knownNode(instance: InstanceObservation | undefined): string | undefined {
  return instance !== undefined && nodeLossOf(instance) !== undefined ? undefined : guestNode(instance);
}

function sourceShownBy({ instance }: InstanceObservation): string | undefined {
  return instance.status?.migration?.source;
}

/** The Instance was deleted, and its VM goes with it. */
export function endedByDeletion(node: string | undefined): Ending {
  const message = 'The Instance was deleted while it was migrated.';
  return { phase: 'Aborted', reason: 'InstanceDeleted', message, node };
}

/** The driver has refused to begin, and would refuse again: the Instance is as it was. */
export function endedByDriver(words: string, node: string | undefined): Ending {
  return { phase: 'Failed', reason: 'DriverRefused', message: words, node };
}

/** The end of a migration that the driver knows nothing of any more, told from where the guest is. */
export function endingOfVanished(observation: MigrationObservation, now: number): Ending {
  const { migration, instance } = observation;
  if (instance === undefined) return endedByDeletion(undefined);
  const node = guestNode(instance);
  const source = migration.status?.source?.node ?? sourceShownBy(instance);
  if (node !== undefined && node !== source) return succeeded(observation, node);
  const trouble = {
    reason: 'MigrationVanished',
    message: "The driver's migration was deleted by somebody else.",
  };
  return failed(observation, { trouble }, { node, now });
}

/**
 * Whether an ending would be another one if the Instance were deleted: what becomes of its VM then, and of the migration, comes
 * through other watches, each of which may be ahead.
 */
export function presumesInstance({ phase, refusal }: Ending): boolean {
  return phase === 'Failed' && refusal === undefined;
}

function succeeded({ migration }: MigrationObservation, node: string | undefined): Ending {
  const place = `The guest runs on node "${node ?? ''}".`;
  return migration.spec.abort
    ? { phase: 'Succeeded', reason: 'AbortTooLate', message: `The abort came too late. ${place}`, node }
    : { phase: 'Succeeded', reason: 'Migrated', message: place, node };
}

function failed(
  observation: MigrationObservation,
  { trouble }: Pick<ObservedMigration, 'trouble'>,
  { node, now }: { node: string | undefined; now: number },
): Ending {
  if (isInstanceDeleted(observation)) return endedByDeletion(node);
  const words = sentence(trouble?.message ?? 'The driver gave no reason.');
  const lost = lostGuest(observation, words, node);
  if (lost !== undefined) return { phase: 'Failed', ...lost };
  const [reason, why] = whyFailed(observation, words, now);
  const said = { message: `${why} ${placeOf(observation, node)}`, node };
  return reason === 'AbortRequested'
    ? { phase: 'Aborted', reason, ...said }
    : { phase: 'Failed', reason, ...said };
}

/** What runs elsewhere by now may have been booted anew, or moved on by somebody else. */
function placeOf({ observed }: MigrationObservation, node = ''): string {
  return isElsewhere(observed, node)
    ? `The guest runs on node "${node}" now.`
    : `The guest is unharmed on node "${node}".`;
}

function isBooting(instance: InstanceObservation | undefined): boolean {
  return instance?.vm?.running?.phase === 'Starting';
}

function isElsewhere(observed: ObservedMigration | undefined, node: string): boolean {
  return observed?.source !== undefined && observed.source !== node;
}

/** What became of a guest that is not where the migration has found it, as far as it is known. */
function lostGuest(
  { instance, observed }: MigrationObservation,
  words: string,
  node: string | undefined,
): (Pick<Ending, 'message' | 'node'> & { reason: 'GuestLost' | 'NodeLost' }) | undefined {
  if (node === undefined) return { reason: 'GuestLost', message: `The guest runs nowhere. ${words}`, node };
  const loss = instance && nodeLossOf(instance);
  if (loss?.fenced === true) {
    const message = `${words} Node "${loss.node}" is gone for good, and the guest with it.`;
    return { reason: 'GuestLost', message, node: undefined };
  }
  if (loss !== undefined) {
    const message = `${words} Node "${loss.node}" is not heard of: nothing is known of the guest.`;
    return { reason: 'NodeLost', message, node: undefined };
  }
  if (!isElsewhere(observed, node) || !isBooting(instance)) return undefined;
  return { reason: 'GuestLost', message: `${words} The guest was booted again on node "${node}".`, node };
}

function whyFailed(
  observation: MigrationObservation,
  words: string,
  now: number,
): [reason: 'AbortRequested' | FailureReason, why: string] {
  const { policy, abort } = observation.migration.spec;
  if (isTimedOut(observation, now)) {
    const limit = policy?.completionTimeout ?? '';
    return ['CompletionTimeout', `The transfer took longer than spec.policy.completionTimeout (${limit}).`];
  }
  if (abort) return ['AbortRequested', 'The migration was aborted.'];
  if (wasOvertakenByLease(observation, now)) return ['LeaseExpired', leaseWords(observation.migration)];
  return [observation.observed === undefined ? 'MigrationVanished' : 'MigrationFailed', words];
}

/** Whether the transfer has taken longer than the policy allows, or did until it ended; `now` in milliseconds since the epoch. */
export function isOverdue({ migration, observed }: MigrationObservation, now: number): boolean {
  const limit = migration.spec.policy?.completionTimeout;
  const begun = observed?.startedAt;
  if (limit === undefined || begun === undefined) return false;
  const until = observed?.endedAt === undefined ? now : Date.parse(observed.endedAt);
  return until - Date.parse(begun) > milliseconds(limit);
}

/** Whether it is to be aborted for that, or was. */
export function isTimedOut(observation: MigrationObservation, now: number): boolean {
  return observation.migration.spec.policy?.onTimeout !== 'ForceComplete' && isOverdue(observation, now);
}

/**
 * Whether the lease of the rescue is over and need not wait for this migration: only a transfer holds it back. `now` in
 * milliseconds since the epoch.
 */
export function isOvertakenByLease({ instance, observed }: MigrationObservation, now: number): boolean {
  if (observed !== undefined && observed.phase !== 'Queued' && observed.phase !== 'Preparing') return false;
  return instance !== undefined && isRescueOverdue(instance.instance, new Date(now).toISOString());
}

/** Whether that is why a migration was aborted: not if its transfer had begun while the lease still ran. */
function wasOvertakenByLease(observation: MigrationObservation, now: number): boolean {
  const { instance, observed, migration } = observation;
  const begun = observed === undefined ? migration.status?.startTime : observed.startedAt;
  if (observed?.aborting === false || (begun !== undefined && !hasExpiredBefore(instance, begun)))
    return false;
  return isOvertakenByLease({ ...observation, observed: undefined }, now);
}

function hasExpiredBefore(observation: InstanceObservation | undefined, instant: string): boolean {
  const expiresAt = observation?.instance.status?.rescue?.expiresAt;
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(instant);
}
