import { lagging } from '../world/stale.ts';
import { chance, fault, progress, type Step } from '../world/step.ts';
import { isActive, migrationWith, type BackendMigration, type NodeName, type World } from '../world/world.ts';

/** What becomes of a migration at the backend by itself. */
export function migrationSteps(world: World, nodes: readonly NodeName[]): Step[] {
  const { migration } = world;
  if (migration === undefined) return [];
  if (isActive(migration)) {
    const { phase } = migration;
    const failed: World = { ...world, migration: { ...migration, phase: 'Failed' } };
    if (isCutOff(world, migration))
      return phase === 'Completing' ? [] : [progress('a migration that is cut off fails', failed)];
    return [...endSteps(world, migration), ...phaseSteps(world, migration, nodes)];
  }
  return mayBeForgotten(world, migration)
    ? [chance('the backend forgets the migration', { ...world, migration: undefined })]
    : [];
}

/** Backends keep what is over for far longer than watches lag and anybody takes to see it. */
function mayBeForgotten(world: World, { uid }: BackendMigration): boolean {
  const asked = migrationWith(uid, world);
  return lagging(world).length === 0 && (asked === undefined || asked.status?.attempts !== undefined);
}

/** Once the guest is on its destination, nothing brings it back. */
function endSteps(world: World, migration: BackendMigration): Step[] {
  if (migration.phase === 'Completing') return [];
  const to = (next: Partial<BackendMigration>) => ({ ...world, migration: { ...migration, ...next } });
  return [
    migration.aborting
      ? progress('the migration was aborted', to({ phase: 'Failed' }))
      : chance('somebody else aborts', to({ aborting: true })),
    ...fault('the migration fails', world, to({ phase: 'Failed' })),
  ];
}

function phaseSteps(world: World, migration: BackendMigration, nodes: readonly NodeName[]): Step[] {
  const to = (next: Partial<BackendMigration>) => ({ ...world, migration: { ...migration, ...next } });
  switch (migration.phase) {
    case 'Queued':
      return scheduleSteps(world, migration, nodes);
    case 'Preparing':
      return [progress('the transfer begins', to({ phase: 'Running' }))];
    case 'Running':
      return [progress('the guest is moved', moved(world, migration))];
    case 'Completing':
      return [progress('the migration succeeds', to({ phase: 'Succeeded' }))];
    case 'PostCopy':
    case 'Succeeded':
    case 'Failed':
      return [];
  }
}

/** A migration from or to a node that is not heard of goes no further; in the end the backend gives it up. */
function isCutOff({ guest, lost }: World, { destination }: BackendMigration): boolean {
  return [guest?.node, destination].some((node) => node !== undefined && lost[node] !== undefined);
}

function scheduleSteps(world: World, migration: BackendMigration, nodes: readonly NodeName[]): Step[] {
  const given = progress('no destination is found in time', {
    ...world,
    migration: { ...migration, phase: 'Failed' },
  });
  if (world.guest?.phase !== 'Running') return [given];
  const fit = nodes.filter(
    (node) =>
      node !== migration.source &&
      world.lost[node] === undefined &&
      !(migration.labelled && world.incapable.includes(node)),
  );
  const found = fit.map((destination) =>
    progress(`destination ${destination} is found`, {
      ...world,
      migration: { ...migration, phase: 'Preparing', destination },
    }),
  );
  return [given, ...found];
}

function moved(world: World, migration: BackendMigration): World {
  const { guest } = world;
  const { destination } = migration;
  const arrived: BackendMigration = { ...migration, phase: 'Completing' };
  if (guest === undefined || destination === undefined) return { ...world, migration: arrived };
  return { ...world, migration: arrived, guest: { ...guest, node: destination } };
}
