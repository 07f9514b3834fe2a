import type { LiveMigration } from '../../api/live-migration.ts';
import { announceCancellation } from '../../domain/evacuation/announcements.ts';
import { isCancelled, superfluous } from '../../domain/evacuation/leftovers.ts';
import { formatKey } from '../../kube/resource.ts';
import { driverFor, instanceOf, migrationsOfDrains } from '../world.ts';
import type { EvacuationDeps } from './reconcile.ts';

type Deps = Pick<EvacuationDeps, 'world' | 'drain' | 'evacuationWriter' | 'events'>;

/** Aborts what was cancelled before it began, and deletes the oldest of what is over. */
export async function clearAway(deps: Deps): Promise<void> {
  const migrations = migrationsOfDrains(deps.world);
  for (const migration of migrations) await cancel(migration, deps);
  for (const own of Map.groupBy(migrations, instanceKey).values()) {
    for (const migration of superfluous(own, deps.drain.kept)) await deps.evacuationWriter.remove(migration);
  }
}

async function cancel(migration: LiveMigration, { world, evacuationWriter, events }: Deps): Promise<void> {
  const { metadata, spec } = migration;
  const instance = instanceOf(world, migration);
  const source = migration.status?.source?.node ?? instance?.status?.node ?? '';
  const node = world.nodes.get(source);
  const key = { namespace: metadata.namespace, name: spec.instanceName };
  const observed = driverFor(world, migration).observeMigration(key, metadata.uid);
  if (!isCancelled(migration, observed, node?.spec.unschedulable)) return;
  await evacuationWriter.abort(migration);
  if (instance !== undefined) {
    events.evacuation(instance, node, announceCancellation(source, metadata.name));
  }
}

function instanceKey({ metadata, spec }: LiveMigration): string {
  return formatKey({ namespace: metadata.namespace, name: spec.instanceName });
}
