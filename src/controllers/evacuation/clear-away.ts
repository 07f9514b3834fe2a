import type { Instance } from '../../api/instance.ts';
import type { LiveMigration } from '../../api/live-migration.ts';
import { announceCancellation, announceNoPlace } from '../../domain/evacuation/announcements.ts';
import { isCancelled, isMarkOver, isWithoutPlace, superfluous } from '../../domain/evacuation/leftovers.ts';
import { ownVm } from '../../domain/instance/observation.ts';
import { isFailure } from '../../domain/outcome.ts';
import { formatKey, keyOf } from '../../kube/resource.ts';
import type { Announcement } from '../../domain/instance/announcements.ts';
import { observeInstance, observeMigration } from '../observe.ts';
import { instanceKeyOf, instanceOf, migrationsOfDrains } from '../world.ts';
import { markedInstances } from './observe.ts';
import type { EvacuationDeps } from './deps.ts';

type Deps = Pick<EvacuationDeps, 'world' | 'drain' | 'evacuationWriter' | 'events' | 'logger'>;

/** Aborts what was cancelled before it began, deletes the oldest of what is over, and takes back marks of the backend. */
export async function clearAway(deps: Deps): Promise<void> {
  for (const instance of markedInstances(deps.world)) await unmark(instance, deps);
  const migrations = migrationsOfDrains(deps.world);
  for (const migration of migrations) await cancel(migration, deps);
  for (const own of Map.groupBy(migrations, instanceKeyOf).values()) {
    for (const migration of superfluous(own, deps.drain.kept)) await deps.evacuationWriter.remove(migration);
  }
}

async function unmark(instance: Instance, { world, logger }: Deps): Promise<void> {
  const mark = ownVm(observeInstance(world, instance))?.running?.evictionMark;
  if (mark === undefined) return;
  const cordoned = world.nodes.get(mark)?.spec.unschedulable;
  if (!isMarkOver(mark, { note: instance.status?.evacuation, cordoned })) return;
  const outcome = await world.driverOf(instance).evictionMarks?.clear(instance.metadata, mark);
  if (outcome !== undefined && isFailure(outcome)) {
    logger.warn({ key: formatKey(keyOf(instance)), answer: outcome.message }, 'a mark of an eviction stays');
  }
}

async function cancel(migration: LiveMigration, deps: Deps): Promise<void> {
  const { world, evacuationWriter, events } = deps;
  const instance = instanceOf(world, migration);
  const source = migration.status?.source?.node ?? instance?.status?.node ?? '';
  const node = world.nodes.get(source);
  const why = whyCancelled(deps, migration, { name: source, cordoned: node?.spec.unschedulable });
  if (why === undefined) return;
  await evacuationWriter.abort(migration);
  if (instance !== undefined) events.evacuation(instance, node, why);
}

function whyCancelled(
  { world, drain }: Deps,
  migration: LiveMigration,
  source: { readonly name: string; readonly cordoned: boolean | undefined },
): Announcement | undefined {
  const { name } = migration.metadata;
  const { observed, destination } = observeMigration(world, migration);
  if (isCancelled(migration, observed, source.cordoned)) return announceCancellation(source.name, name);
  const search = { migration, observed, destination };
  if (!isWithoutPlace(search, drain.longestSearch, world.now())) return undefined;
  return announceNoPlace(
    instanceKeyOf(migration),
    name,
    destination?.kind === 'Awaited' ? destination.words : undefined,
  );
}
