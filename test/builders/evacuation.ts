import type { Departure } from '../../src/domain/evacuation/departure.ts';
import type { DrainSettings, Evacuee } from '../../src/domain/evacuation/plan.ts';
import { NOW_MS } from './observation.ts';

/** What an operator has that is told nothing else. */
export const DRAIN_SETTINGS: DrainSettings = {
  limits: { perSource: 2, perCluster: 5, perDestination: 2 },
  kept: 10,
  longestSearch: 60_000,
};

/** An instant before that of the tables. RFC 3339. */
export function ago(ms: number): string {
  return new Date(NOW_MS - ms).toISOString();
}

/** A VM on node-a that may go to node-b or node-c, and whose eviction was asked for 5 s ago. */
export function anEvacuee(fields: Partial<Evacuee> = {}): Evacuee {
  return {
    key: 'default/web-1',
    source: 'node-a',
    requestedAt: ago(5_000),
    cordoned: true,
    priority: 0,
    prospect: { blocked: undefined, candidates: ['node-b', 'node-c'] },
    destinationBy: 'Backend',
    underWay: undefined,
    past: { next: 1, failed: 0, endedAt: undefined },
    ...fields,
  };
}

/** A LiveMigration that is transferring. */
export function aDeparture(fields: Partial<Departure> = {}): Departure {
  return {
    what: 'LiveMigration web-1-drain',
    phase: 'Running',
    elapsedSeconds: 7,
    percent: undefined,
    destination: 'node-b',
    ...fields,
  };
}
