import type { Stored } from './stored.ts';

export function labelOf(object: Stored | undefined, key: string): string | undefined {
  return object?.metadata.labels?.[key];
}

export function annotationOf(object: Stored | undefined, key: string): string | undefined {
  return object?.metadata.annotations?.[key];
}

/** `namespace/name`, as KubeVirt's texts have it. */
export function fullName({ metadata }: Stored): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
