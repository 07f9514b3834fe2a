import { durationText } from './duration-text.ts';
import { conditionOf, type InstanceObject, type MigrationObject } from './objects.ts';
import { ownersOf } from './owners.ts';

/** An Event of an Instance, as far as it is told again. */
export interface PastEvent {
  readonly reason: string;
  readonly note: string;
  /** RFC 3339; of one that has come again, the last time. */
  readonly at: string;
}

/** Something that has happened to an Instance. */
export interface HistoryEntry {
  /** RFC 3339. */
  readonly at: string;
  readonly what: string;
  readonly result: string;
  readonly durationMs: number | undefined;
  readonly downtimeMs: number | undefined;
  readonly cause: string;
  /** Field manager that asked for it. */
  readonly by: string | undefined;
}

/** Past migrations, and what is known of rescues, oldest first. Pure; `now` in milliseconds since the epoch. */
export function historyOf(
  instance: InstanceObject,
  migrations: readonly MigrationObject[],
  events: readonly PastEvent[],
  now: number,
): HistoryEntry[] {
  const entries = [
    ...migrations.map(migrationEntry),
    ...presentRescue(instance, now),
    ...events.flatMap((event) => eventEntry(event) ?? []),
  ];
  return entries.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function migrationEntry(migration: MigrationObject): HistoryEntry {
  const { metadata, status } = migration;
  return {
    at: status.startTime ?? metadata.creationTimestamp,
    what: `LiveMigration ${metadata.name}${wayOf(migration)}`,
    result: status.phase ?? 'Queued',
    durationMs: status.transferMilliseconds,
    downtimeMs: status.downtimeMilliseconds,
    cause: causeOf(migration),
    by: ownersOf(metadata.managedFields, 'instanceName')[0]?.manager,
  };
}

/** As far as it is known. */
function wayOf({ status: { source, destination } }: MigrationObject): string {
  return source === undefined ? '' : ` ${source.node} -> ${destination?.node ?? '?'}`;
}

function causeOf(migration: MigrationObject): string {
  const { reason = '', message = '' } = conditionOf(migration, 'Ready') ?? {};
  return [reason, message].filter((words) => words !== '').join(': ');
}

/** The rescue that is in force; who asked for it is on the Instance. */
function presentRescue({ metadata, status }: InstanceObject, now: number): HistoryEntry[] {
  const { rescue } = status;
  if (rescue === undefined) return [];
  return [
    {
      at: rescue.since,
      what: `Rescue from ${rescue.image}`,
      result: rescue.expired === undefined ? (status.state ?? '') : `Expired (${rescue.expired.action})`,
      durationMs: now - Date.parse(rescue.since),
      downtimeMs: undefined,
      cause: rescue.expiresAt === undefined ? 'without end' : `until ${rescue.expiresAt}`,
      by: ownersOf(metadata.managedFields, 'rescue')[0]?.manager,
    },
  ];
}

/** Reasons of Events that tell of a rescue or of the way back. */
const TOLD: ReadonlySet<string> = new Set([
  'Rescuing',
  'Rescued',
  'Unrescuing',
  'LeaseExpired',
  'VmVanished',
]);

function eventEntry({ reason, note, at }: PastEvent): HistoryEntry | undefined {
  if (!TOLD.has(reason)) return undefined;
  return {
    at,
    what: 'Event',
    result: reason,
    durationMs: undefined,
    downtimeMs: undefined,
    cause: note,
    by: undefined,
  };
}

export const HISTORY_HEAD = ['WHEN', 'WHAT', 'RESULT', 'DURATION', 'DOWNTIME', 'BY', 'CAUSE'];

export function rowOfEntry({ at, what, result, durationMs, downtimeMs, by, cause }: HistoryEntry): string[] {
  return [
    at,
    what,
    result,
    durationMs === undefined ? '-' : durationText(durationMs),
    downtimeMs === undefined ? '-' : `${downtimeMs} ms`,
    by ?? '-',
    cause,
  ];
}
