import { milliseconds } from '../duration.ts';
import { nodeLossOf } from '../instance/node-loss.ts';
import type { InstanceObservation } from '../instance/observation.ts';
import type { ObservedMigration } from '../observed.ts';
import type { Refused } from '../verdict.ts';
import type { MigrationObservation } from './observation.ts';

/** How a migration ended, and where the guest is. */
export interface Ending {
  readonly phase: 'Succeeded' | 'Failed' | 'Aborted';
  readonly reason: EndingReason;
  readonly message: string;
  readonly node: string | undefined;
}

type EndingReason =
  | Refused['reason']
  | 'Migrated' /** The guest runs on the destination. */
  | 'AbortTooLate' /** The abort came when the guest was on the destination already. */
  | 'AbortRequested' /** The user stopped it; the guest is unharmed on its source. */
  | 'CompletionTimeout' /** spec.policy.completionTimeout was over; the guest is unharmed on its source. */
  | 'GuestLost' /** The guest runs nowhere. */
  | 'InstanceDeleted' /** The Instance was deleted. */
  | 'NodeLost' /** The node that the guest is said to be on is not heard of. */
  | 'DriverRefused' /** The driver did not begin, and said why. */
  | 'MigrationFailed' /** The driver gave up; the guest is unharmed on its source. */
  | 'MigrationVanished'; /** Somebody deleted the driver's migration; the guest is on its source. */

/** A migration that never began, because a check refused it: the Instance is as it was. */
export function endedByRefusal({ reason, message }: Refused, node: string | undefined): Ending {
  return { phase: 'Failed', reason, message, node };
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
  const node = instance?.vm?.running?.node;
  if (observed?.phase === 'Succeeded') {
    return mayLag(observed, node, now) ? undefined : succeeded(observation, node ?? observed.destination);
  }
  return observed?.phase === 'Failed' ? failed(observation, observed, { node, now }) : undefined;
}

function sourceShownBy({ instance }: InstanceObservation): string | undefined {
  return instance.status?.migration?.source;
}

/** The Instance was deleted, and its VM with it. */
function endedByDeletion(): Ending {
  const message = 'The Instance was deleted while it was migrated.';
  return { phase: 'Aborted', reason: 'InstanceDeleted', message, node: undefined };
}

/** The driver has refused to begin, and would refuse again: the Instance is as it was. */
export function endedByDriver(words: string, node: string | undefined): Ending {
  return { phase: 'Failed', reason: 'DriverRefused', message: words, node };
}

/** The end of a migration that the driver knows nothing of any more, told from where the guest is. */
export function endingOfVanished(observation: MigrationObservation, now: number): Ending {
  const { migration, instance } = observation;
  if (instance === undefined) return endedByDeletion();
  const node = instance.vm?.running?.node;
  const source = migration.status?.source?.node ?? sourceShownBy(instance);
  if (node !== undefined && node !== source) return succeeded(observation, node);
  const trouble = {
    reason: 'MigrationVanished',
    message: "The driver's migration was deleted by somebody else.",
  };
  return failed(observation, { trouble }, { node, now });
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
  const words = trouble?.message ?? 'The driver gave no reason.';
  if (node === undefined) {
    return { phase: 'Failed', reason: 'GuestLost', message: `The guest runs nowhere. ${words}`, node };
  }
  const loss = observation.instance && nodeLossOf(observation.instance);
  if (loss !== undefined) {
    const message = `${words} Node "${loss.node}" is not heard of: nothing is known of the guest.`;
    return { phase: 'Failed', reason: 'NodeLost', message, node: undefined };
  }
  const [reason, why] = whyFailed(observation, words, now);
  const phase = reason === 'AbortRequested' ? 'Aborted' : 'Failed';
  return { phase, reason, message: `${why} The guest is unharmed on node "${node}".`, node };
}

function whyFailed(observation: MigrationObservation, words: string, now: number): [EndingReason, string] {
  const { policy, abort } = observation.migration.spec;
  if (isOverdue(observation, now)) {
    const limit = policy?.completionTimeout ?? '';
    return ['CompletionTimeout', `The transfer took longer than spec.policy.completionTimeout (${limit}).`];
  }
  if (abort) return ['AbortRequested', 'The migration was aborted.'];
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
