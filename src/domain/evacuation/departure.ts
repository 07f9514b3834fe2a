import type { LiveMigration, MigrationPhase } from '../../api/live-migration.ts';
import type { NamedNode } from '../anchor/placement.ts';
import { secondsSince } from '../duration.ts';
import { elapsedSeconds } from '../live-migration/times.ts';
import type { ObservedMigration, UnfinishedMigration } from '../observed.ts';

/** A migration that takes a VM away. */
export interface Departure {
  /** Kind and name of its object. */
  readonly what: string;
  readonly phase: MigrationPhase;
  readonly elapsedSeconds: number;
  readonly percent: number | undefined;
  readonly destination: string | undefined;
  /** Why no node is found for it, in the words of who looks for one. */
  readonly waitsFor?: string | undefined;
}

/** What is seen of a migration beside its object; all of it is absent to who can't see it. */
interface SeenBeside {
  readonly observed?: ObservedMigration | undefined;
  /** What kube-scheduler has found for it. */
  readonly place?: NamedNode | undefined;
}

/** By a LiveMigration. What the driver shows is newer than what was written of it. `now` in milliseconds. */
export function departureBy(
  migration: LiveMigration,
  { observed, place }: SeenBeside,
  now: number,
): Departure {
  const { phase = 'Queued', startTime: startedAt, progress, destination } = migration.status ?? {};
  const said = observed ?? { phase, startedAt, progress, destination: destination?.node };
  const found = foundBy(place);
  return {
    what: `LiveMigration ${migration.metadata.name}`,
    phase: said.phase,
    elapsedSeconds: elapsedSeconds(migration, now, said.startedAt),
    percent: said.progress?.percent,
    destination: said.destination ?? found.destination,
    waitsFor: found.waitsFor,
  };
}

function foundBy(place: NamedNode | undefined): Pick<Departure, 'destination' | 'waitsFor'> {
  if (place?.kind === 'Named') return { destination: place.node };
  return { destination: undefined, waitsFor: place?.words };
}

/** By a migration that somebody else has asked the backend for. `now` in milliseconds. */
export function departureByOthers(
  { kind, name, phase, destination, createdAt }: UnfinishedMigration,
  now: number,
): Departure {
  return {
    what: `${kind} ${name}`,
    phase,
    elapsedSeconds: secondsSince(createdAt, now),
    percent: undefined,
    destination,
  };
}
