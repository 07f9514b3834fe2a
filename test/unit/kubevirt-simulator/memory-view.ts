import { formatKey, keyOf } from '../../../src/kube/resource.ts';
import type { View } from '../../kubevirt-simulator/engine/view.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import type { Kind, Kinds, Migration } from '../../kubevirt-simulator/objects/kinds.ts';
import type { Stored } from '../../kubevirt-simulator/objects/stored.ts';

/** Objects in memory; a view of them that is never behind. */
export class MemoryView implements View {
  readonly #objects = new Map<Kind, Map<string, Stored>>();

  get<K extends Kind>(kind: K, key: string): Kinds[K] | undefined {
    return this.#of(kind).get(key) as Kinds[K] | undefined;
  }

  list<K extends Kind>(kind: K): Kinds[K][] {
    return [...this.#of(kind).values()] as Kinds[K][];
  }

  podsOf(ownerUid: string | undefined): Pod[] {
    return this.list('Pod').filter(({ metadata }) =>
      (metadata.ownerReferences ?? []).some(({ uid, controller }) => controller === true && uid === ownerUid),
    );
  }

  migrationsOf(namespace: string | undefined, instanceName: string | undefined): Migration[] {
    return this.list('VirtualMachineInstanceMigration').filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec.vmiName === instanceName,
    );
  }

  put(kind: Kind, object: Stored): void {
    this.#of(kind).set(formatKey(keyOf(object)), object);
  }

  remove(kind: Kind, key: string): void {
    this.#of(kind).delete(key);
  }

  #of(kind: Kind): Map<string, Stored> {
    const known = this.#objects.get(kind) ?? new Map<string, Stored>();
    this.#objects.set(kind, known);
    return known;
  }
}
