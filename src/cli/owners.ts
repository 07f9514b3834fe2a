import { CLI_FIELD_MANAGER } from '../api/names.ts';
import type { InstanceObject, ManagedFields } from './objects.ts';

/** Who has set spec.rescue, or a part of it, as the API server has noted it. */
interface Owner {
  readonly manager: string;
  /** Apply: by server-side apply. Update: by any other request. */
  readonly operation: string;
  readonly time: string | undefined;
}

/** Field managers that own a field of the spec, or a part of it. Pure. */
export function ownersOf(managedFields: readonly ManagedFields[], field: string): Owner[] {
  return managedFields
    .filter(({ subresource, fieldsV1 }) => !subresource && `f:${field}` in fieldsOf(fieldsV1?.['f:spec']))
    .map(({ manager, operation = 'Update', time }) => ({ manager, operation, time }));
}

function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Why the plugin leaves spec.rescue alone; `undefined`: nobody else has set it. Pure. */
export function ownedElsewhere(instance: InstanceObject, wanted: 'set' | 'removed'): string | undefined {
  const { namespace, name, managedFields } = instance.metadata;
  const other = ownersOf(managedFields, 'rescue').find((owner) => !isOurs(owner));
  if (other === undefined) return undefined;
  const remedy =
    other.operation === 'Apply'
      ? `${wanted === 'set' ? 'Change' : 'Remove'} it in the manifest that ${other.manager} applies, such as in Git.`
      : `${wanted === 'set' ? 'Change' : 'Remove'} it where it was set: in the manifest, or with kubectl edit instance ${name} -n ${namespace}.`;
  return `spec.rescue of Instance ${namespace}/${name} belongs to field manager "${other.manager}", which would set it again. ${remedy}`;
}

function isOurs({ manager, operation }: Owner): boolean {
  return manager === CLI_FIELD_MANAGER && operation === 'Apply';
}
