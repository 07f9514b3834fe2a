import type { MigrationRecord, VmRecord } from './metadata.ts';
import type { Domain } from './parse.ts';
import type { GuestState, TransferJob } from './statistics.ts';

/** A domain as last seen on one host. */
export interface HostDomain {
  readonly state: GuestState;
  /** What runs; `undefined`: nothing does. */
  readonly running: Domain | undefined;
  /** What is booted next; `undefined`: it is not stored here, but only runs, as on the destination of a migration. */
  readonly stored: Domain | undefined;
  /** A transfer away from here that is under way. */
  readonly job: TransferJob | undefined;
}

/** A host that a VM is on. */
export interface Place extends HostDomain {
  readonly node: string;
}

/** A VM on all hosts: one, but for the time of a migration. */
export interface VmView {
  readonly places: readonly Place[];
  /** Where its guest runs. */
  readonly running: (Place & { readonly running: Domain }) | undefined;
  /** Where it is stored, and is started. */
  readonly home: (Place & { readonly stored: Domain }) | undefined;
  /** What is written on it, wherever it is. */
  readonly record: VmRecord | undefined;
  readonly migration: MigrationRecord | undefined;
}

/** Puts together what the hosts say of a VM; `undefined`: it is on none of them. */
export function viewOf(places: readonly Place[]): VmView | undefined {
  if (places.length === 0) return undefined;
  const migration = latestMigration(places);
  const running = runningOf(places, migration);
  const home = homeOf(places, running?.node ?? nodeAfter(migration));
  const record = home?.stored.vm ?? running?.running.vm;
  return { places, running, home, record, migration };
}

/**
 * A guest that runs counts before one that stands still: on the destination the incoming one does so until the source
 * has handed over. While both do, it is still the source's.
 */
function runningOf(places: readonly Place[], migration: MigrationRecord | undefined): VmView['running'] {
  const active = places.flatMap((place) => (place.running ? [{ ...place, running: place.running }] : []));
  return (
    active.find(({ state }) => state === 'Running' || state === 'PostCopy') ??
    active.find(({ node, state }) => state === 'PostCopyFailed' && node === migration?.destination) ??
    active.find(({ node }) => node === migration?.source) ??
    active[0]
  );
}

function homeOf(places: readonly Place[], node: string | undefined): VmView['home'] {
  const stored = places.flatMap((place) => (place.stored ? [{ ...place, stored: place.stored }] : []));
  return stored.find((place) => place.node === node) ?? stored[0];
}

/** Where its last migration has left it: another host may not have been reached to clear it away there. */
function nodeAfter(migration: MigrationRecord | undefined): string | undefined {
  if (migration?.end === undefined) return undefined;
  return migration.end.outcome === 'Succeeded' ? migration.destination : migration.source;
}

/** A host where the VM was before may have an older one; what has ended says more than what has not. */
function latestMigration(places: readonly Place[]): MigrationRecord | undefined {
  const records = places
    .flatMap(({ running, stored }) => [running?.migration, stored?.migration])
    .filter((record) => record !== undefined);
  records.sort((a, b) => compare(b.startedAt, a.startedAt) || compare(b.end?.at ?? '', a.end?.at ?? ''));
  return records[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Where a VM is on that node. */
export function at({ places }: VmView, node: string): Place | undefined {
  return places.find((place) => place.node === node);
}

/** Whether its last migration has no end yet. */
export function isBeingMoved({ migration }: VmView): boolean {
  return migration !== undefined && migration.end === undefined;
}
