import type { MigrationEnd, MigrationRecord, VmRecord } from './metadata.ts';
import { at } from './observe-migration.ts';
import { bootIdOf } from './observe.ts';
import type { TransferMemory } from './transfer-memory.ts';
import { isBeingMoved, type VmView } from './view.ts';

/** What the driver remembers of a VM while it is at work on it; nothing that could not be lost. */
export interface VmMemory {
  /** The migration that this process has started, or follows. */
  readonly transfer?: TransferMemory;
  /** The boot whose end was ordered. */
  readonly ending?: string | undefined;
  /** Milliseconds since the epoch: when the guest was asked to shut down. */
  readonly askedToShutDown?: number | undefined;
  /** Milliseconds since the epoch: when it was last started, and how often in a row it had ended soon after that. */
  readonly lastStart?: { readonly at: number; readonly inARow: number } | undefined;
  /** Why it did not start, and when it is tried again. */
  readonly failedStart?:
    { readonly attempts: number; readonly retryAt: number; readonly words: string } | undefined;
}

/** The next thing to do with a VM; each is carried out and seen before the next one is decided. */
export type Step =
  | { readonly kind: 'None' }
  /** It is looked at again, in milliseconds, if nothing happens before. */
  | { readonly kind: 'Wait'; readonly ms: number }
  | { readonly kind: 'Start'; readonly node: string }
  | { readonly kind: 'ShutDown'; readonly node: string }
  | { readonly kind: 'Destroy'; readonly node: string }
  /** A domain that is stored where the guest no longer is. */
  | { readonly kind: 'Undefine'; readonly node: string }
  | { readonly kind: 'Abort'; readonly node: string }
  | { readonly kind: 'WriteEnd'; readonly node: string; readonly end: MigrationEnd };

export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a guest may take to shut down. Milliseconds. */
  readonly shutdownLimit: number;
  /** Whether what is known of a host is what it says now. */
  readonly isHeardOf: (node: string) => boolean;
}

/** How often a transfer is looked at. Milliseconds. */
const FOLLOW_INTERVAL = 1_000;
/** How long an order to abort has its time: one that comes before libvirt has a job for the transfer is lost. Milliseconds. */
const ABORT_INTERVAL = 3_000;
const NONE: Step = { kind: 'None' };
const FOLLOW: Step = { kind: 'Wait', ms: FOLLOW_INTERVAL };

/**
 * Decides what brings a VM to what is stored of it: whether its guest should run is written on the domain, so whoever
 * drives it next, after any interruption, goes on from there. Pure and total.
 */
export function nextStep(view: VmView, memory: VmMemory, circumstances: Circumstances): Step {
  const { record } = view;
  if (record === undefined) return NONE;
  if (isBeingMoved(view)) return followTransfer(view, memory, circumstances);
  const leftover = isPlaceKnown(view) ? leftoverOf(view, circumstances) : undefined;
  if (leftover !== undefined) return leftover;
  return record.power === 'On' ? keepRunning(view, memory, circumstances) : stop(view, memory, circumstances);
}

/** Of two places where it is stored, one is only known to be the right one by a guest that runs, or by a migration. */
function isPlaceKnown({ running, migration }: VmView): boolean {
  return running !== undefined || migration?.end !== undefined;
}

/** What a migration could not clear away at its source because that was out of reach, or a host still has that was fenced. */
function leftoverOf({ places, home, record }: VmView, { isHeardOf }: Circumstances): Step | undefined {
  const stale = places.find(
    ({ node, running, stored }) =>
      home !== undefined && node !== home.node && running === undefined && isSameVm(stored?.vm, record),
  );
  return stale !== undefined && isHeardOf(stale.node) ? { kind: 'Undefine', node: stale.node } : undefined;
}

/** The VM itself, or one that was made for the same Instance when nothing was left of this one. */
function isSameVm(found: VmRecord | undefined, record: VmRecord | undefined): boolean {
  if (found === undefined || record === undefined) return false;
  return found.uid === record.uid || found.instance.uid === record.instance.uid;
}

function keepRunning({ home, running }: VmView, memory: VmMemory, { now, isHeardOf }: Circumstances): Step {
  if (running !== undefined) {
    const isEnding = memory.ending !== undefined && bootIdOf(running.running) === memory.ending;
    return isEnding || running.state === 'Crashed' ? { kind: 'Destroy', node: running.node } : NONE;
  }
  if (home === undefined || !isHeardOf(home.node)) return NONE;
  const { failedStart } = memory;
  const pause = failedStart === undefined ? 0 : failedStart.retryAt - now;
  return pause > 0 ? { kind: 'Wait', ms: pause } : { kind: 'Start', node: home.node };
}

function stop({ running }: VmView, memory: VmMemory, { now, shutdownLimit }: Circumstances): Step {
  if (running === undefined) return NONE;
  const { node } = running;
  if (memory.askedToShutDown === undefined) return { kind: 'ShutDown', node };
  const left = memory.askedToShutDown + shutdownLimit - now;
  return left > 0 ? { kind: 'Wait', ms: left } : { kind: 'Destroy', node };
}

function followTransfer(view: VmView, memory: VmMemory, circumstances: Circumstances): Step {
  const { migration } = view;
  if (migration === undefined) return NONE;
  const transfer = memory.transfer?.uid === migration.uid ? memory.transfer : undefined;
  if (at(view, migration.source)?.job !== undefined) return followJob(migration, transfer, circumstances);
  const isDone = transfer?.isOver !== false && isSettled(view, migration, circumstances);
  return isDone ? conclude(view, migration, { transfer, circumstances }) : FOLLOW;
}

function followJob(
  { source }: MigrationRecord,
  transfer: TransferMemory | undefined,
  { now }: Circumstances,
): Step {
  const isDue = transfer?.abortedAt !== undefined && now - transfer.abortedAt >= ABORT_INTERVAL;
  return isDue ? { kind: 'Abort', node: source } : FOLLOW;
}

/** Without a word from both sides it can't be known that only one of them runs the guest. */
function isSettled(
  view: VmView,
  { source, destination }: MigrationRecord,
  { isHeardOf }: Circumstances,
): boolean {
  const [from, to] = [at(view, source), at(view, destination)];
  const isOnBoth = from?.running !== undefined && to?.running !== undefined;
  const isStored = to?.running === undefined || to.stored !== undefined;
  return isHeardOf(source) && isHeardOf(destination) && !isOnBoth && isStored;
}

function conclude(
  { running, home }: VmView,
  { destination }: MigrationRecord,
  { transfer, circumstances }: { transfer: TransferMemory | undefined; circumstances: Circumstances },
): Step {
  const node = running?.node ?? home?.node;
  if (node === undefined) return NONE;
  const time = new Date(circumstances.now).toISOString();
  if (running?.node === destination) {
    return { kind: 'WriteEnd', node, end: { outcome: 'Succeeded', at: time, words: '' } };
  }
  return { kind: 'WriteEnd', node, end: { ...failureOf(transfer), at: time } };
}

function failureOf(transfer: TransferMemory | undefined): Pick<MigrationEnd, 'outcome' | 'words'> {
  if (transfer === undefined) {
    return { outcome: 'Failed', words: 'The migration was interrupted while nobody followed it.' };
  }
  return { outcome: transfer.abortedAt === undefined ? 'Failed' : 'Aborted', words: transfer.words };
}
