import { INSTANCES } from '../api/resources.ts';
import { isNotFound } from '../kube/api-errors.ts';
import type { KubeObject } from '../kube/resource.ts';
import { Complaint } from './complaint.ts';
import { InstanceObject, MigrationObject } from './objects.ts';
import type { Session } from './session.ts';

/** The Instance of that name, as it was read and as it is shown. */
export async function readInstance(
  { namespace, instances }: Session,
  name: string,
): Promise<{ readonly raw: KubeObject; readonly instance: InstanceObject }> {
  try {
    const raw = await instances.get({ namespace, name });
    return { raw, instance: InstanceObject.parse(raw) };
  } catch (error) {
    if (!isNotFound(error) || isOfKind(error)) throw error;
    throw new Complaint(
      `There is no Instance ${namespace}/${name}. kubectl medevac list -A shows those that there are.`,
    );
  }
}

/** The kind itself is not there. */
function isOfKind(error: unknown): boolean {
  return error instanceof Error && error.message.includes('could not find the requested resource');
}

/** All LiveMigrations of the namespace that are of an Instance, oldest first. */
export async function migrationsOf(
  { migrations }: Session,
  { metadata: { namespace, name } }: InstanceObject,
): Promise<MigrationObject[]> {
  const { items } = await migrations.list({ namespace });
  return items
    .map((item) => MigrationObject.parse(item))
    .filter(({ spec }) => spec.instanceName === name)
    .sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp));
}

/** `instance.compute.medevac.dev/web-1`, as kubectl writes what it has changed. */
export function shortName(kind: 'instance' | 'livemigration', name: string): string {
  return `${kind}.${INSTANCES.group}/${name}`;
}
