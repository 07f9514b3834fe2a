/**
 * The cache of one kind in some namespaces, which is one reflector for each of them around one store: whoever may not list
 * all namespaces has no other way. Each has its own version, and starts anew alone.
 */
import type { KubeObject, Namespaces } from '../kube/resource.ts';
import { Reflector, type ReflectorOptions, type ReflectorStats } from './reflector.ts';
import type { ChangeHandler, Store } from './store.ts';

/** A reflector, or some that are used as one. */
export type ObjectCache<T extends KubeObject> = Pick<
  Reflector<T>,
  'name' | 'store' | 'stats' | 'onChange' | 'upsert' | 'start' | 'run' | 'synced'
>;

/** Keeps a store equal to what the API server has in these namespaces. */
export function reflect<T extends KubeObject>(
  options: ReflectorOptions<T>,
  namespaces: Namespaces,
): ObjectCache<T> {
  return namespaces === undefined ? new Reflector(options) : new NamespacedReflectors(options, namespaces);
}

class NamespacedReflectors<T extends KubeObject> implements ObjectCache<T> {
  readonly name: string;
  readonly store: Store<T>;
  readonly #first: Reflector<T>;
  readonly #byNamespace: ReadonlyMap<string | undefined, Reflector<T>>;

  constructor(options: ReflectorOptions<T>, [first, ...others]: NonNullable<Namespaces>) {
    this.#first = new Reflector({ ...options, namespace: first });
    const { name, store } = this.#first;
    this.name = name;
    this.store = store;
    const rest = others.map(
      (namespace) => [namespace, new Reflector({ ...options, store, namespace })] as const,
    );
    this.#byNamespace = new Map([[first, this.#first], ...rest]);
  }

  get #all(): Reflector<T>[] {
    return [...this.#byNamespace.values()];
  }

  /** Of all of them together. */
  get stats(): ReflectorStats {
    const sum = (stat: keyof ReflectorStats) =>
      this.#all.reduce((total, { stats }) => total + stats[stat], 0);
    return { lists: sum('lists'), watches: sum('watches'), events: sum('events'), failures: sum('failures') };
  }

  onChange(handler: ChangeHandler<T>): void {
    this.store.onChange(handler);
  }

  upsert(raw: KubeObject): void {
    (this.#byNamespace.get(raw.metadata.namespace) ?? this.#first).upsert(raw);
  }

  start(signal: AbortSignal): void {
    for (const reflector of this.#all) reflector.start(signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((reflector) => reflector.run(signal)));
  }

  async synced(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((reflector) => reflector.synced(signal)));
  }
}
