import type { LiveMigration } from '../../api/live-migration.ts';
import type { NamedNode } from '../anchor/placement.ts';
import { isFinal } from '../live-migration/decide.ts';
import { byEnd } from '../live-migration/times.ts';
import type { ObservedMigration } from '../observed.ts';
import type { EvictionNote } from './request.ts';
import { isMadeByDrain } from './attempts.ts';

/**
 * Whether a migration that a drain has made is to be aborted, because its node was uncordoned before the transfer began.
 * @param cordoned whether the node that the VM leaves is; `undefined`: it is not known
 */
export function isCancelled(
  { metadata, spec, status }: LiveMigration,
  observed: ObservedMigration | undefined,
  cordoned: boolean | undefined,
): boolean {
  if (isFinal(status?.phase) || spec.abort || metadata.deletionTimestamp !== undefined) return false;
  return cordoned === false && (observed === undefined || WAITING.has(observed.phase));
}

/** What a migration that a drain has made waits for. */
export interface Search {
  readonly migration: LiveMigration;
  readonly observed: ObservedMigration | undefined;
  /** `undefined`: nobody looks for one. */
  readonly destination: NamedNode | undefined;
}

/**
 * Whether a migration that a drain has made is to be aborted because no node is found for it. `now` in milliseconds.
 * @param longest how long one may be looked for, in milliseconds: meanwhile the VM has a turn that another one waits for
 */
export function isWithoutPlace(
  { migration, observed, destination }: Search,
  longest: number,
  now: number,
): boolean {
  const { metadata, spec, status } = migration;
  if (isFinal(status?.phase) || spec.abort || metadata.deletionTimestamp !== undefined) return false;
  if (observed !== undefined || destination?.kind !== 'Awaited') return false;
  return now - Date.parse(metadata.creationTimestamp) >= longest;
}

/**
 * Whether the backend's mark of an eviction is to be taken back. It stands for a drain that only the backend has heard of:
 * until we hear of it ourselves, or it is over.
 * @param mark node that is marked
 * @param cordoned whether it is; `undefined`: it is not known
 */
export function isMarkOver(
  mark: string,
  { note, cordoned }: { readonly note: EvictionNote | undefined; readonly cordoned: boolean | undefined },
): boolean {
  return cordoned !== true || note?.node === mark;
}

const WAITING: ReadonlySet<ObservedMigration['phase']> = new Set(['Queued', 'Preparing']);

/**
 * The LiveMigrations of one Instance that drains have made and that nobody needs any more: all that are over but the last
 * ones. Those of people are theirs.
 */
export function superfluous(migrations: readonly LiveMigration[], kept: number): LiveMigration[] {
  return migrations
    .filter((migration) => isMadeByDrain(migration) && isFinal(migration.status?.phase))
    .toSorted(byEnd)
    .slice(0, -kept);
}
