import { INSTANCES } from '../api/resources.ts';
import { isNotFound } from '../kube/api-errors.ts';
import type { KubeObject } from '../kube/resource.ts';
import { Complaint } from './complaint.ts';
import { InstanceObject } from './objects.ts';
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

/** `instance.compute.medevac.dev/web-1`, as kubectl writes what it has changed. */
export function shortName(kind: 'instance' | 'livemigration', name: string): string {
  return `${kind}.${INSTANCES.group}/${name}`;
}
