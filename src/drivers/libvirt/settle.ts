import type { MigrationEnd, MigrationRecord, VmRecord } from './metadata.ts';
import { bootIdOf } from './observe.ts';
import { isResumable, remainsOf } from './post-copy.ts';
import { mayBegin, type TransferMemory } from './transfer-memory.ts';
import { at, isBeingMoved, type VmView } from './view.ts';

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
  /** The boot that was last seen to have crashed, and, in milliseconds since the epoch, when it is started again. */
  readonly crash?: { readonly bootId: string; readonly restartAt: number } | undefined;
}

/** The next thing to do with a VM; each is carried out and seen before the next one is decided. */
export type Step =
  | { readonly kind: 'None' }
  /** It is looked at again, in milliseconds, if nothing happens before. */
  | { readonly kind: 'Wait'; readonly ms: number }
  | { readonly kind: 'Start'; readonly node: string }
  | { readonly kind: 'ShutDown'; readonly node: string }
  /** `because`: why its migration has failed, where it was lost in one. */
  | { readonly kind: 'Destroy'; readonly node: string; readonly because?: string }
  | { readonly kind: 'NoteCrash'; readonly node: string; readonly bootId: string }
  /** A domain that is stored where the guest no longer is. */
  | { readonly kind: 'Undefine'; readonly node: string }
  | { readonly kind: 'Abort'; readonly node: string }
  /** A migration that this process has not begun: from now on it has its time to begin. */
  | { readonly kind: 'NoteTransfer'; readonly node: string; readonly uid: string }
  /** A transfer whose post-copy was interrupted goes on. */
  | { readonly kind: 'Resume'; readonly node: string }
  | { readonly kind: 'WriteEnd'; readonly node: string; readonly end: MigrationEnd };

export interface Circumstances {
  /** Whether it is a VM of a namespace that this operator works in. */
  readonly isLookedAfter: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a guest may take to shut down. Milliseconds. */
  readonly shutdownLimit: number;
  /** Whether what is known of a host is what it says now, or nothing runs there for certain. */
  readonly isHeardOf: (node: string) => boolean;
  /** Whether there is an Instance of that uid. */
  readonly hasInstance: (uid: string) => boolean;
}

/** How often a transfer is looked at. Milliseconds. */
const FOLLOW_INTERVAL = 1_000;
/** How long an order to abort has its time: one that comes before libvirt has a job for the transfer is lost. Milliseconds. */
const ABORT_INTERVAL = 3_000;
/** How long an attempt to resume has its time. Milliseconds. */
const RESUME_INTERVAL = 10_000;
const NONE: Step = { kind: 'None' };
const FOLLOW: Step = { kind: 'Wait', ms: FOLLOW_INTERVAL };

/**
 * Decides what brings a VM to what is stored of it: whether its guest should run is written on the domain, so whoever
 * drives it next, after any interruption, goes on from there. Pure and total.
 */
export function nextStep(view: VmView, memory: VmMemory, circumstances: Circumstances): Step {
  const { record } = view;
  if (record === undefined || !circumstances.isLookedAfter) return NONE;
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

function keepRunning(view: VmView, memory: VmMemory, circumstances: Circumstances): Step {
  const { home, running } = view;
  const { now, isHeardOf } = circumstances;
  if (running !== undefined) {
    const isEnding = memory.ending !== undefined && bootIdOf(running.running) === memory.ending;
    if (isEnding) return { kind: 'Destroy', node: running.node };
    return running.state === 'Crashed' ? leaveCrash(running, home, { memory, now }) : NONE;
  }
  if (home === undefined || !isHeardOf(home.node) || isLeftBehind(view, circumstances)) return NONE;
  const { failedStart } = memory;
  const pause = failedStart === undefined ? 0 : failedStart.retryAt - now;
  return pause > 0 ? { kind: 'Wait', ms: pause } : { kind: 'Start', node: home.node };
}

/** On a host that is back, of an Instance that was deleted meanwhile: it is removed, and its disks may be another's by now. */
function isLeftBehind({ record }: VmView, { hasInstance }: Circumstances): boolean {
  if (record === undefined) return false;
  const { uid, deletionPolicy } = record.instance;
  return deletionPolicy === 'Delete' && !hasInstance(uid);
}

/** What crashed stays for a while, but not where another boot is wanted, as its rescue. */
function leaveCrash(
  { node, running }: NonNullable<VmView['running']>,
  home: VmView['home'],
  { memory: { crash }, now }: { memory: VmMemory; now: number },
): Step {
  const bootId = bootIdOf(running);
  if (home?.stored.vm?.boot.specHash !== running.vm?.boot.specHash) return { kind: 'Destroy', node };
  if (crash?.bootId !== bootId) return { kind: 'NoteCrash', node, bootId };
  const left = crash.restartAt - now;
  return left > 0 ? { kind: 'Wait', ms: left } : { kind: 'Destroy', node };
}

function stop({ running }: VmView, memory: VmMemory, { now, shutdownLimit }: Circumstances): Step {
  if (running === undefined) return NONE;
  const { node } = running;
  if (running.state === 'Crashed') return { kind: 'Destroy', node };
  if (memory.askedToShutDown === undefined) return { kind: 'ShutDown', node };
  const left = memory.askedToShutDown + shutdownLimit - now;
  return left > 0 ? { kind: 'Wait', ms: left } : { kind: 'Destroy', node };
}

function followTransfer(view: VmView, memory: VmMemory, circumstances: Circumstances): Step {
  const { migration } = view;
  if (migration === undefined) return NONE;
  const { uid, source } = migration;
  const transfer = memory.transfer?.uid === uid ? memory.transfer : undefined;
  if (transfer === undefined) return { kind: 'NoteTransfer', node: source, uid };
  const interrupted = afterInterruption(view, migration, { transfer, circumstances });
  if (interrupted !== undefined) return interrupted;
  if (at(view, source)?.job !== undefined) return followJob(migration, transfer, circumstances);
  const isDone = transfer.isOver && isSettled(view, migration, circumstances);
  return isDone ? conclude(view, migration, { transfer, circumstances }) : FOLLOW;
}

/** What to do when the connection of the two hosts was lost in post-copy, once both are heard of again. */
function afterInterruption(
  view: VmView,
  migration: MigrationRecord,
  { transfer: { resumedAt }, circumstances }: { transfer: TransferMemory; circumstances: Circumstances },
): Step | undefined {
  const { source, destination } = migration;
  const { now, isHeardOf } = circumstances;
  if (!isHeardOf(source) || !isHeardOf(destination)) return undefined;
  const remains = remainsOf(view, migration);
  if (remains !== undefined) return { kind: 'Destroy', ...remains };
  if (!isResumable(view, migration)) return undefined;
  const isDue = resumedAt === undefined || now - resumedAt >= RESUME_INTERVAL;
  return isDue ? { kind: 'Resume', node: source } : FOLLOW;
}

function followJob({ source }: MigrationRecord, { abortedAt }: TransferMemory, { now }: Circumstances): Step {
  const isDue = abortedAt !== undefined && now - abortedAt >= ABORT_INTERVAL;
  return isDue ? { kind: 'Abort', node: source } : FOLLOW;
}

/** Without a word from both sides it can't be known that only one of them runs the guest. */
function isSettled(
  view: VmView,
  { source, destination }: MigrationRecord,
  { isHeardOf }: Circumstances,
): boolean {
  if (!isHeardOf(source) || !isHeardOf(destination)) return false;
  const to = at(view, destination);
  if (to?.running === undefined) return true;
  // What is missing of its memory has come when it is no longer in post-copy.
  return at(view, source)?.running === undefined && to.state !== 'PostCopy' && to.stored !== undefined;
}

/** Where the guest has arrived is the same for everybody; that it will not, only who has sent it knows at once. */
function conclude(
  { running, home }: VmView,
  { destination }: MigrationRecord,
  { transfer, circumstances: { now } }: { transfer: TransferMemory; circumstances: Circumstances },
): Step {
  const node = running?.node ?? home?.node;
  if (node === undefined) return NONE;
  const time = new Date(now).toISOString();
  if (running?.node === destination) {
    return { kind: 'WriteEnd', node, end: { outcome: 'Succeeded', at: time, words: '' } };
  }
  if (mayBegin(transfer, now)) return FOLLOW;
  const { abortedAt, lost, words } = transfer;
  if (lost !== undefined)
    return { kind: 'WriteEnd', node, end: { outcome: 'Failed', at: time, words: lost } };
  return {
    kind: 'WriteEnd',
    node,
    end: { outcome: abortedAt === undefined ? 'Failed' : 'Aborted', at: time, words },
  };
}
