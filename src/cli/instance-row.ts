import { ageText, durationText } from './duration-text.ts';
import { conditionOf, isOver, type InstanceObject, type MigrationObject } from './objects.ts';

/** What a row of `list` shows. */
export interface RowOptions {
  readonly wide: boolean;
  /** With the namespace in front. */
  readonly allNamespaces: boolean;
}

export function headOfInstances({ wide, allNamespaces }: RowOptions): string[] {
  return [
    ...(allNamespaces ? ['NAMESPACE'] : []),
    ...['NAME', 'STATE', 'NODE', 'RESCUED', 'MIGRATION', 'READY', 'AGE'],
    ...(wide ? ['DRIVER', 'RESCUE IMAGE', 'REASON'] : []),
  ];
}

/** One Instance as `list` shows it; `migration`: the one of it that is not over. Pure; `now` in milliseconds. */
export function rowOfInstance(
  instance: InstanceObject,
  migration: MigrationObject | undefined,
  { wide, allNamespaces, now }: RowOptions & { readonly now: number },
): string[] {
  const { metadata, status } = instance;
  const { state = 'Pending', node = '-' } = status;
  return [
    ...(allNamespaces ? [metadata.namespace] : []),
    metadata.name,
    state,
    node,
    rescuedText(instance, now),
    migration === undefined ? routeText(instance) : migrationText(migration),
    conditionOf(instance, 'Ready')?.status ?? 'Unknown',
    ageText(metadata.creationTimestamp, now),
    ...(wide ? wideCells(instance) : []),
  ];
}

function wideCells(instance: InstanceObject): string[] {
  const { spec, status } = instance;
  const { reason = '-' } = conditionOf(instance, 'Ready') ?? {};
  return [status.resolved?.driver ?? spec.driver ?? '-', status.rescue?.image ?? '-', reason];
}

/** How long it has been rescued, and how much of the lease is left. */
function rescuedText({ status: { rescue }, spec }: InstanceObject, now: number): string {
  if (rescue === undefined) return spec.rescue === undefined ? '-' : 'requested';
  const since = ageText(rescue.since, now);
  if (rescue.expired !== undefined) return `${since} (expired)`;
  if (rescue.expiresAt === undefined) return since;
  return `${since} (${durationText(Date.parse(rescue.expiresAt) - now)} left)`;
}

/** What an Instance says of its own migration. */
function routeText({ status: { migration } }: InstanceObject): string {
  return migration === undefined ? '-' : `from ${migration.source}${to(migration.destination)}`;
}

function migrationText({ spec, status }: MigrationObject): string {
  const { phase = 'Queued', progress, destination } = status;
  const percent = progress?.percent === undefined ? '' : ` ${progress.percent}%`;
  return `${phase}${percent}${to(destination?.node ?? spec.destination?.nodeName)}`;
}

function to(node: string | undefined): string {
  return node === undefined ? '' : ` to ${node}`;
}

/** Of each Instance the LiveMigration that is not over, by `namespace/name`; the newest where there are several. */
export function unfinishedByInstance(migrations: readonly MigrationObject[]): Map<string, MigrationObject> {
  const unfinished = migrations.filter((migration) => !isOver(migration));
  return new Map(
    unfinished.map((migration) => [
      `${migration.metadata.namespace}/${migration.spec.instanceName}`,
      migration,
    ]),
  );
}
