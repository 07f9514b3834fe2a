import type { Instance } from '../../api/instance.ts';
import type { LiveMigration } from '../../api/live-migration.ts';
import { pastAttempts } from '../../domain/evacuation/attempts.ts';
import type { Departure, Evacuee, Flight } from '../../domain/evacuation/plan.ts';
import type { EvacuationSight } from '../../domain/evacuation/sight.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { isFinal } from '../../domain/live-migration/decide.ts';
import { formatKey, keyOf } from '../../kube/resource.ts';
import {
  foreignMigration,
  instancesAskedToLeave,
  instancesMigrating,
  migrationsOf,
  migrationsOfDrains,
  observeInstance,
  unfinishedMigrations,
  type World,
} from '../world.ts';

/** An Instance that is to leave its node, with all that is known of it. */
export interface Leaving {
  readonly instance: Instance;
  readonly sight: EvacuationSight;
  readonly evacuee: Evacuee;
}

/** All Instances whose eviction was asked for and that have not left their nodes. */
export function leavingInstances(world: World): Leaving[] {
  return instancesAskedToLeave(world).flatMap((instance) => leavingInstance(world, instance) ?? []);
}

export function leavingInstance(world: World, instance: Instance): Leaving | undefined {
  const observation = observeInstance(world, instance);
  const sight = observation.evacuation;
  return sight && { instance, sight, evacuee: evacueeOf(world, observation, sight) };
}

function evacueeOf(
  world: World,
  observation: InstanceObservation,
  { request, cordoned, prospect }: EvacuationSight,
): Evacuee {
  const { instance } = observation;
  const key = formatKey(keyOf(instance));
  return {
    key,
    source: request.node,
    requestedAt: request.requestedAt,
    cordoned,
    priority: instance.spec.evacuation?.priority ?? 0,
    prospect,
    destinationBy: world.driverOf(instance).capabilities.placesVms ? 'Backend' : 'Order',
    underWay: departureOf(world, observation),
    past: pastAttempts(migrationsOf(world, key), request),
  };
}

function departureOf(world: World, observation: InstanceObservation): Departure | undefined {
  const foreign = foreignMigration(observation);
  const now = world.now();
  if (foreign !== undefined) {
    const { kind, name, phase, destination, createdAt } = foreign;
    return {
      what: `${kind} ${name}`,
      phase,
      elapsedSeconds: secondsSince(createdAt, now),
      percent: undefined,
      destination,
    };
  }
  const [migration] = unfinishedMigrations(world, formatKey(keyOf(observation.instance)));
  return migration && departureBy(migration, observation, now);
}

function departureBy(
  { metadata, status }: LiveMigration,
  { migration: hold, instance }: InstanceObservation,
  now: number,
): Departure {
  const seen = hold?.uid === metadata.uid ? hold.observed : undefined;
  return {
    what: `LiveMigration ${metadata.name}`,
    phase: seen?.phase ?? status?.phase ?? 'Queued',
    elapsedSeconds: secondsSince(seen?.startedAt ?? status?.startTime ?? metadata.creationTimestamp, now),
    percent: seen?.progress?.percent ?? status?.progress?.percent,
    destination: seen?.destination ?? status?.destination?.node ?? instance.status?.migration?.destination,
  };
}

function secondsSince(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 1_000));
}

/** Migrations that are under way, and those that a drain has made and that have not begun, each VM once. */
export function flightsIn(world: World): ReadonlyMap<string, Flight> {
  const flights = new Map<string, Flight>();
  for (const migration of migrationsOfDrains(world)) {
    const { metadata, spec, status } = migration;
    if (isFinal(status?.phase)) continue;
    const key = formatKey({ namespace: metadata.namespace, name: spec.instanceName });
    const source = status?.source?.node ?? world.instances.get(key)?.status?.node ?? '';
    flights.set(key, { source, destination: spec.destination?.nodeName });
  }
  for (const { metadata, status } of instancesMigrating(world)) {
    const { source = '', destination } = status?.migration ?? {};
    flights.set(formatKey(keyOf({ metadata })), { source, destination });
  }
  return flights;
}
