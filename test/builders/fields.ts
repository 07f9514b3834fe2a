type Container = Record<string, unknown>;

/**
 * A copy of a manifest with fields set, or taken away where the value is undefined, whatever their types say: for
 * manifests that are wrong on purpose. Paths are as `spec.disks[0].name`; what is on the way is made.
 */
export function withFields<T extends object>(manifest: T, fields: Readonly<Record<string, unknown>>): T {
  const copy = structuredClone(manifest);
  for (const [path, value] of Object.entries(fields)) setField(copy as Container, path, value);
  return copy;
}

function setField(root: Container, path: string, value: unknown): void {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Container>((node, key) => (node[key] ??= {}) as Container, root);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}
