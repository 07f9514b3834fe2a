import type { InstanceStatus } from '../../api/instance.ts';
import type { RunningVm } from '../observed.ts';

/** What is noted of an eviction that was asked for. */
export type EvictionNote = NonNullable<InstanceStatus['evacuation']>;

/** That a VM is to leave its node. */
export interface EvacuationRequest {
  readonly node: string;
  /** uid of the pod that is to be evicted, or of the boot where the backend alone was asked. */
  readonly id: string;
  /** When it was last asked for, RFC 3339; `undefined`: the backend was asked, and does not say until when. */
  readonly requestedAt: string | undefined;
}

/** A drain asks every 5 s; one that has not asked for so long has ended. Milliseconds. */
const DRAIN_ENDED = 30_000;
/** The shortest time between two notes of one eviction. Milliseconds. */
const NOTE_INTERVAL = 10_000;

/**
 * What is asked of a VM now; a note, or a mark, of a node that it has left says nothing any more. A note is newer: who notes
 * it takes care of the mark.
 */
export function requestOf(
  note: EvictionNote | undefined,
  running: RunningVm | undefined,
): EvacuationRequest | undefined {
  const node = running?.node;
  if (note !== undefined && (node === undefined || node === note.node)) {
    return { node: note.node, id: note.podUID, requestedAt: note.requestedAt };
  }
  if (running?.evictionMark === undefined || running.evictionMark !== node) return undefined;
  return { node, id: running.bootId, requestedAt: undefined };
}

/** How long a request holds if it is not made again; 0: it is over, Infinity: until it is withdrawn. `now` in milliseconds since the epoch. */
export function requestHolds({ requestedAt }: Pick<EvacuationRequest, 'requestedAt'>, now: number): number {
  if (requestedAt === undefined) return Infinity;
  return Math.max(0, Date.parse(requestedAt) + DRAIN_ENDED - now);
}

/** Whether an eviction that is asked for now is noted already, and not long ago. `now` in milliseconds since the epoch. */
export function isNoted(
  note: EvictionNote | undefined,
  { node, podUID }: Pick<EvictionNote, 'node' | 'podUID'>,
  now: number,
): boolean {
  return note?.node === node && note.podUID === podUID && now - Date.parse(note.requestedAt) < NOTE_INTERVAL;
}
