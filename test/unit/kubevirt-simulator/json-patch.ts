import type { JsonPatchOperation } from '../../../src/kube/resource-client.ts';
import { jsonEqual } from '../../../src/kube/json-equal.ts';

type Container = Record<string, unknown>;

/** As much of RFC 6902 as the players use. @returns a changed copy, or undefined when a `test` fails */
export function patchedWith<T extends object>(
  object: T,
  patch: readonly JsonPatchOperation[],
): T | undefined {
  const copy = structuredClone(object);
  return patch.every((operation) => apply(copy, operation)) ? copy : undefined;
}

function apply(object: object, operation: JsonPatchOperation): boolean {
  const segments = operation.path.split('/').slice(1).map(unescape);
  const last = segments.pop() ?? '';
  let parent = object as Container;
  for (const segment of segments) {
    parent = (parent[segment] ??= {}) as Container;
  }
  switch (operation.op) {
    case 'test':
      return jsonEqual(parent[last] ?? null, operation.value ?? null);
    case 'add':
    case 'replace':
      parent[last] = structuredClone(operation.value);
      return true;
    case 'remove':
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a key of JSON, not of a type
      delete parent[last];
      return true;
    case 'move':
    case 'copy':
      throw new Error(`no player uses ${operation.op}`);
  }
}

function unescape(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
