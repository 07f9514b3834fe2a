import type { Explained } from '../conditions.ts';
import type { PastAttempts } from './attempts.ts';
import type { Departure } from './departure.ts';
import type { Prospect } from './prospect.ts';
import type { BlockReason } from './reasons.ts';
import { requestHolds } from './request.ts';

/** A VM whose eviction was asked for, as a drain does. */
export interface Evacuee {
  /** `namespace/name` of its Instance. */
  readonly key: string;
  readonly source: string;
  /** When its eviction was last asked for, RFC 3339; `undefined`: it stands until it is withdrawn. */
  readonly requestedAt: string | undefined;
  /** When somebody has deleted a migration of the drain that was not over, RFC 3339: what was asked until then is cancelled. */
  readonly cancelledAt?: string | undefined;
  readonly cordoned: boolean;
  /** The higher goes first. */
  readonly priority: number;
  readonly prospect: Prospect;
  /** Who finds its destination: the backend, or each order must name it. */
  readonly destinationBy: 'Backend' | 'Order';
  /** Its migration that is not over, whoever made it. */
  readonly underWay: Departure | undefined;
  readonly past: PastAttempts;
}

/** A migration that is under way, as far as limits are concerned. */
export interface Flight {
  readonly source: string;
  readonly destination: string | undefined;
}

/** What is done about one VM. */
export type EvacuationStep =
  /** Nobody asks any more: nothing new is begun. */
  | { readonly kind: 'Ended'; readonly because: 'Uncordoned' | 'NotAskedAgain' }
  | { readonly kind: 'UnderWay'; readonly departure: Departure }
  | ({ readonly kind: 'Blocked' } & Explained<BlockReason>)
  | { readonly kind: 'BackOff'; readonly waitMs: number; readonly failed: number }
  | { readonly kind: 'Start'; readonly attempt: number; readonly destination: string | undefined }
  /** `place`: 1 is the next. */
  | { readonly kind: 'Queued'; readonly place: number };

/** Migrations that may be under way at a time for a drain to begin another. */
export interface EvacuationLimits {
  readonly perSource: number;
  readonly perCluster: number;
  /** To a node that we name; elsewhere the backend chooses. */
  readonly perDestination: number;
}

/** What an admin may set. */
export interface DrainSettings {
  readonly limits: EvacuationLimits;
  /** How many finished LiveMigrations of drains are kept for each Instance. */
  readonly kept: number;
  /** How long a node may be looked for, for one VM, before others have its turn. Milliseconds. */
  readonly longestSearch: number;
}

const FIRST_PAUSE = 20_000;
const LONGEST_PAUSE = 300_000;

/**
 * What is done about each VM, by key. Pure and total: who waits for a turn does so in one order for all nodes, by priority
 * and then by name, and a VM that is blocked or waits for another attempt takes nobody's turn.
 * @param flights all migrations that are under way
 * @param now milliseconds since the epoch
 */
export function planEvacuation(
  evacuees: readonly Evacuee[],
  flights: readonly Flight[],
  limits: EvacuationLimits,
  now: number,
): ReadonlyMap<string, EvacuationStep> {
  const steps = new Map<string, EvacuationStep>();
  const busy = [...flights];
  let place = 0;
  for (const evacuee of evacuees.toSorted(byTurn)) {
    const step = whyNotNow(evacuee, now) ?? startOf(evacuee, busy, limits);
    if (step?.kind === 'Start') busy.push({ source: evacuee.source, destination: step.destination });
    if (step === undefined) place += 1;
    steps.set(evacuee.key, step ?? { kind: 'Queued', place });
  }
  return steps;
}

function byTurn(a: Evacuee, b: Evacuee): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.key < b.key ? -1 : 1;
}

/** `undefined`: there is no room. */
function startOf(
  { source, prospect, destinationBy, past }: Evacuee,
  busy: readonly Flight[],
  limits: EvacuationLimits,
): EvacuationStep | undefined {
  const leaving = busy.filter((flight) => flight.source === source).length;
  if (leaving >= limits.perSource || busy.length >= limits.perCluster) return undefined;
  if (destinationBy === 'Backend') return { kind: 'Start', attempt: past.next, destination: undefined };
  const destination = leastBusy(prospect.candidates, busy, limits.perDestination);
  return destination === undefined ? undefined : { kind: 'Start', attempt: past.next, destination };
}

function leastBusy(
  candidates: readonly string[],
  busy: readonly Flight[],
  limit: number,
): string | undefined {
  const arrivals = candidates
    .map((name) => ({ name, count: busy.filter(({ destination }) => destination === name).length }))
    .toSorted((a, b) => a.count - b.count || (a.name < b.name ? -1 : 1));
  const [best] = arrivals;
  return best !== undefined && best.count < limit ? best.name : undefined;
}

function whyNotNow(
  { underWay, cordoned, prospect, past, ...request }: Evacuee,
  now: number,
): EvacuationStep | undefined {
  if (underWay !== undefined) return { kind: 'UnderWay', departure: underWay };
  if (!cordoned) return { kind: 'Ended', because: 'Uncordoned' };
  if (isCancelled(request) || requestHolds(request, now) === 0)
    return { kind: 'Ended', because: 'NotAskedAgain' };
  if (prospect.blocked !== undefined) return { kind: 'Blocked', ...prospect.blocked };
  const waitMs = pauseLeft(past, now);
  return waitMs > 0 ? { kind: 'BackOff', waitMs, failed: past.failed } : undefined;
}

/** A drain that goes on asks again. */
function isCancelled({ requestedAt, cancelledAt }: Pick<Evacuee, 'requestedAt' | 'cancelledAt'>): boolean {
  if (requestedAt === undefined || cancelledAt === undefined) return false;
  return Date.parse(requestedAt) <= Date.parse(cancelledAt);
}

/** Doubles with each attempt that did not succeed. */
function pauseLeft({ failed, endedAt }: PastAttempts, now: number): number {
  if (failed === 0 || endedAt === undefined) return 0;
  const pause = Math.min(FIRST_PAUSE * 2 ** (failed - 1), LONGEST_PAUSE);
  return Math.max(0, Date.parse(endedAt) + pause - now);
}
