/** What the driver remembers of the migration that this process has started, or follows. */
export interface TransferMemory {
  readonly uid: string;
  /** Whether no call of this process is under way that it could end with. */
  readonly isOver: boolean;
  /** Milliseconds since the epoch: when this process found it; absent: it has started it itself. */
  readonly foundAt?: number | undefined;
  /** Milliseconds since the epoch: when libvirt was last told to abort it. */
  readonly abortedAt?: number | undefined;
  /** Milliseconds since the epoch: when libvirt was last told to resume it, after post-copy was interrupted. */
  readonly resumedAt?: number | undefined;
  /** Why the last attempt to resume it has failed, in libvirt's words. */
  readonly notResumed?: string | undefined;
  /** Where its end could not be written, and why, in libvirt's words. */
  readonly notEnded?: { readonly node: string; readonly words: string } | undefined;
  /** Why its guest was lost in post-copy, if it was. */
  readonly lost?: string | undefined;
  /** Whether libvirt was told to force it to its end. */
  readonly isForced?: boolean | undefined;
  readonly words: string;
}

/** How long after its record is written a transfer may be sent on its way; after that it is not any more. Milliseconds. */
const BEGINS_WITHIN = 10_000;
/** How long who finds a record waits for its transfer: as much again is for libvirt to answer. Milliseconds. */
const BEGUN_AFTER = 2 * BEGINS_WITHIN;

/** The memory of a migration that somebody else has begun: an operator that is dead, or one that still acts. */
export function foundTransfer(uid: string, now: number): TransferMemory {
  const words = 'The migration was interrupted while nobody followed it.';
  return { uid, isOver: true, foundAt: now, words };
}

/** Whether it is too late to send it on its way: others may have said by now that it has failed. */
export function isTooLateToBegin(recordedAt: number, now: number): boolean {
  return now - recordedAt > BEGINS_WITHIN;
}

/** Whether it may be that somebody else is about to send it on its way: nothing of that can be seen on the hosts yet. */
export function mayBegin({ foundAt }: TransferMemory, now: number): boolean {
  return foundAt !== undefined && now - foundAt < BEGUN_AFTER;
}
