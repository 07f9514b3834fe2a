import type { Instance } from '../../api/instance.ts';
import type { LiveMigration } from '../../api/live-migration.ts';
import { nodeForMigration } from '../../domain/anchor/placement.ts';
import { pastAttempts } from '../../domain/evacuation/attempts.ts';
import { departureBy, departureByOthers, type Departure } from '../../domain/evacuation/departure.ts';
import type { Evacuee, Flight } from '../../domain/evacuation/plan.ts';
import type { EvacuationSight } from '../../domain/evacuation/sight.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { isFinal } from '../../domain/live-migration/decide.ts';
import { formatKey, keyOf } from '../../kube/resource.ts';
import { foreignMigration, observeInstance } from '../observe.ts';
import {
  instanceKeyOf,
  instanceOf,
  instancesAskedToLeave,
  instancesMigrating,
  migrationsOf,
  migrationsOfDrains,
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
  const asked = [...instancesAskedToLeave(world), ...markedInstances(world)];
  return [...new Set(asked)].flatMap((instance) => leavingInstance(world, instance) ?? []);
}

/** Those whose eviction the backend has refused while we were away. */
export function markedInstances(world: World): Instance[] {
  const marked = world.driverOf(undefined).evictionMarks?.all() ?? [];
  return marked.flatMap((key) => world.instances.get(formatKey(key)) ?? []);
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
    destinationBy: isPlacedForUs(world, instance) ? 'Backend' : 'Order',
    underWay: departureOf(world, observation),
    past: pastAttempts(migrationsOf(world, key), request),
  };
}

/** By the backend, or by kube-scheduler, which knows what is free; a node that we name may be full. */
function isPlacedForUs(world: World, instance: Instance): boolean {
  return world.anchors !== undefined || world.driverOf(instance).capabilities.placesVms;
}

function departureOf(world: World, observation: InstanceObservation): Departure | undefined {
  const foreign = foreignMigration(observation);
  if (foreign !== undefined) return departureByOthers(foreign, world.now());
  const { migration: hold, placement } = observation;
  const [migration] = unfinishedMigrations(world, formatKey(keyOf(observation.instance)));
  if (migration === undefined) return undefined;
  const { uid } = migration.metadata;
  const observed = hold?.uid === uid ? hold.observed : undefined;
  const place = placement && nodeForMigration(placement, uid);
  return departureBy(migration, { observed, place }, world.now());
}

/** Migrations that are under way, and those that a drain has made and that have not begun, by VM. */
export function flightsIn(world: World): ReadonlyMap<string, Flight> {
  const unfinished = migrationsOfDrains(world).filter(({ status }) => !isFinal(status?.phase));
  return new Map([
    ...unfinished.map((migration) => plannedFlight(world, migration)),
    ...instancesMigrating(world).map(flightUnderWay),
  ]);
}

function plannedFlight(world: World, migration: LiveMigration): [string, Flight] {
  const source = instanceOf(world, migration)?.status?.node ?? '';
  return [instanceKeyOf(migration), { source, destination: migration.spec.destination?.nodeName }];
}

function flightUnderWay({ metadata, status }: Instance): [string, Flight] {
  const { source = '', destination } = status?.migration ?? {};
  return [formatKey(keyOf({ metadata })), { source, destination }];
}
