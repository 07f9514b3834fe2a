import type { Explained } from '../conditions.ts';
import { blamed, type GateSubject } from '../gate-texts.ts';
import type { RoomReason } from './reasons.ts';

/** What a Pod takes of a node, or of a quota. CPU in cores, memory in bytes. */
export type Room = Readonly<Record<RoomKind, number>>;
export type RoomKind = 'cpu' | 'memory' | 'pods';

/** What a ResourceQuota leaves; what it does not limit is absent. */
export interface QuotaRoom {
  readonly name: string;
  readonly left: Partial<Room>;
}

/**
 * What a VM needs on the node that it goes to, and what there is, as Pods say it at the moment. The room of a node that
 * is not in `free` is not known.
 */
export interface RoomRequest {
  readonly needs: Room;
  readonly free: ReadonlyMap<string, Room>;
  /** Those that count for Pods of the namespace. While a VM moves it has two of them. */
  readonly quotas: readonly QuotaRoom[];
}

/** Of the candidates those that have room. */
export function withRoom(candidates: readonly string[], room: RoomRequest | undefined): string[] {
  return candidates.filter(
    (name) => room === undefined || lacking(room.needs, room.free.get(name)).length === 0,
  );
}

/** The quota in which the Pod at the destination has no room. */
export function overQuota(
  subject: GateSubject,
  room: RoomRequest | undefined,
): Explained<RoomReason> | undefined {
  if (room === undefined) return undefined;
  for (const { name, left } of room.quotas) {
    const kinds = lacking(room.needs, left);
    if (kinds.length === 0) continue;
    const message =
      `${blamed(subject).lead} ResourceQuota ${subject.namespace}/${name} has no room for the Pod at the destination: ` +
      `it needs ${amounts(room.needs, kinds)}; left: ${amounts(left, kinds)}. Raise the quota: while a VM moves, it has two Pods.`;
    return { reason: 'QuotaExceeded', message };
  }
  return undefined;
}

/** That none of the candidates has room for it. */
export function overCapacity(
  subject: GateSubject,
  candidates: readonly string[],
  room: RoomRequest | undefined,
): Explained<RoomReason> | undefined {
  if (room === undefined || candidates.length === 0 || withRoom(candidates, room).length > 0)
    return undefined;
  const { needs, free } = room;
  const nodes = candidates.map((name) => {
    const left = free.get(name) ?? {};
    return `node "${name}" (${amounts(left, lacking(needs, left))} left)`;
  });
  const message =
    `${blamed(subject).lead} no node has room for it, which needs ${amounts(needs, ['cpu', 'memory'])}: ${nodes.join(', ')}. ` +
    'Free one of them, or add a node.';
  return { reason: 'NoCapacity', message };
}

const KINDS: readonly RoomKind[] = ['cpu', 'memory', 'pods'];

/** What is not known, or not limited, is enough. */
function lacking(needs: Room, left: Partial<Room> | undefined): RoomKind[] {
  return KINDS.filter((kind) => (left?.[kind] ?? Infinity) < needs[kind]);
}

const GIBIBYTE = 2 ** 30;

function amounts(room: Partial<Room>, kinds: readonly RoomKind[]): string {
  return kinds.map((kind) => amount(kind, room[kind] ?? 0)).join(' and ');
}

function amount(kind: RoomKind, value: number): string {
  if (kind === 'memory') return `${rounded(value / GIBIBYTE)} GiB of memory`;
  return kind === 'cpu' ? `${rounded(value)} CPU` : `${value} Pod(s)`;
}

function rounded(value: number): number {
  return Math.round(Math.max(0, value) * 100) / 100;
}
