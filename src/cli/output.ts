import type { KubeObject } from '../kube/resource.ts';
import type { Terminal } from './terminal.ts';

export type Format = 'json' | 'yaml';

/** Prints a value as JSON, or as YAML with a line of dashes between two of them. */
export async function printAs(format: Format, value: unknown, terminal: Terminal): Promise<void> {
  if (format === 'json') {
    terminal.print(JSON.stringify(value, null, 2));
    return;
  }
  // Lazily: no table needs it.
  const { stringify } = await import('yaml');
  terminal.print(stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd());
}

/** The object as people want to read it; a list of the API server names the kind of its items only once. */
export function withoutManagedFields(
  object: KubeObject,
  type: { apiVersion: string; kind: string },
): KubeObject {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([field]) => field !== 'managedFields'),
  );
  return { ...type, ...object, metadata: { ...metadata, name: object.metadata.name } };
}
