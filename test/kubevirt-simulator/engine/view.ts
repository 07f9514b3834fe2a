import type { Pod } from '../objects/cluster-kinds.ts';
import type { Kind, Kinds, Migration } from '../objects/kinds.ts';

/** What a controller sees: its caches. They lag behind the API server, as KubeVirt's informers do. */
export interface View {
  get<K extends Kind>(kind: K, key: string): Kinds[K] | undefined;
  list<K extends Kind>(kind: K): Kinds[K][];
  /** Pods whose controlling owner has this uid. */
  podsOf(ownerUid: string | undefined): Pod[];
  migrationsOf(namespace: string | undefined, instanceName: string | undefined): Migration[];
}

/** Key of `name` in the namespace of an object. */
export function keyIn(object: { metadata: { namespace?: string } }, name: string | undefined): string {
  return `${object.metadata.namespace ?? ''}/${name ?? ''}`;
}
