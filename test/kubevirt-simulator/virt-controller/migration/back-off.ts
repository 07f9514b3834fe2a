import { isDeleted } from '../../objects/instance.ts';
import type { Migration } from '../../objects/kinds.ts';
import { annotation } from '../../objects/names.ts';
import type { MigrationContext } from './context.ts';

const firstBackOffMs = 20_000;

/** How long one of KubeVirt's own evacuations waits after those that failed before it, ms; people's never do. */
export function backOffOf({ view, migration, now }: MigrationContext): number {
  if (!isEvacuation(migration)) {
    return 0;
  }
  const failed = failedBefore(
    view.migrationsOf(migration.metadata.namespace, migration.spec.vmiName).filter(isEvacuation),
    migration,
  );
  const last = failed.at(-1)?.status?.phaseTransitionTimestamps?.find(({ phase }) => phase === 'Failed');
  if (last === undefined) {
    return 0;
  }
  const until = Date.parse(last.phaseTransitionTimestamp) + firstBackOffMs * 2 ** (failed.length - 1);
  return Math.max(until - now.getTime(), 0);
}

function isEvacuation({ metadata }: Migration): boolean {
  return metadata.annotations?.[annotation.evacuationMigration] !== undefined;
}

/** Those without a success after them, oldest first. */
function failedBefore(migrations: readonly Migration[], migration: Migration): Migration[] {
  const earlier = migrations
    .filter((other) => createdAt(other) < createdAt(migration) && !isDeleted(other))
    .toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1));
  const success = earlier.findLastIndex(({ status }) => status?.phase === 'Succeeded');
  return earlier.slice(success + 1).filter(({ status }) => status?.phase === 'Failed');
}

function createdAt({ metadata }: Migration): string {
  return metadata.creationTimestamp ?? '';
}
