import type { Instance } from '../../api/instance.ts';
import type { LiveMigration } from '../../api/live-migration.ts';
import type { AnchorSight, Move } from '../../domain/anchor/plan.ts';
import { requiredDestinationLabels } from '../../domain/gate.ts';
import { targetOf } from '../../domain/instance/observation.ts';
import { stateOf } from '../../domain/instance/state.ts';
import { decideMigration, isBegun, needsDestination } from '../../domain/live-migration/decide.ts';
import { holdsLock, type MigrationObservation } from '../../domain/live-migration/observation.ts';
import { formatKey, keyOf } from '../../kube/resource.ts';
import { observeInstance, observeMigration } from '../observe.ts';
import { migrationsAtWork, type World } from '../world.ts';

/** Everything that the anchors of an Instance depend on; `undefined`: it has none, its driver places VMs itself. */
export function observeSight(world: World, instance: Instance): AnchorSight | undefined {
  const observation = observeInstance(world, instance);
  const { placement, migration: hold } = observation;
  if (placement === undefined) return undefined;
  const seen = migrationsAtWork(world, formatKey(keyOf(instance))).map((migration) =>
    observeMigration(world, migration),
  );
  return {
    observation,
    placement,
    target: targetOf(observation, new Date(world.now()).toISOString()),
    moves: seen.flatMap((one) => moveOf(one, world.now()) ?? []),
    observed: [hold?.observed, ...seen.map(({ observed }) => observed)].filter((one) => one !== undefined),
  };
}

function moveOf(seen: MigrationObservation, now: number): Move | undefined {
  const { migration, instance } = seen;
  if (instance === undefined || !needsDestination(decideMigration(seen, now))) return undefined;
  const { nodeName, nodeSelector } = migration.spec.destination ?? {};
  const state = stateOf(instance, instance.instance.status?.operation);
  return {
    migrationUid: migration.metadata.uid,
    nodeName,
    labels: { ...nodeSelector, ...requiredDestinationLabels(state) },
    begun: hasBegun(migration, seen),
  };
}

function hasBegun({ status }: LiveMigration, seen: MigrationObservation): boolean {
  return seen.observed !== undefined || isBegun(status) || holdsLock(seen);
}
