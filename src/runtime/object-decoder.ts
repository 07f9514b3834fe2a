/**
 * From what the API server sends to what the cache holds. managedFields are a third of an object and nobody reads them,
 * so metadata is built anew without them (deleting the property would leave a slow, larger object). Then the kind's own
 * parser may look at it; an object that it refuses is skipped and reported once per version, because one broken object
 * must not keep the others from being seen.
 */
import type { Logger } from 'pino';
import { apiVersionOf, formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject, ObjectMeta, Resource } from '../kube/resource.ts';

export class ObjectDecoder<T extends KubeObject> {
  readonly #type: { readonly apiVersion: string; readonly kind: string };
  readonly #transform: ((raw: unknown) => T) | undefined;
  readonly #logger: Logger;
  readonly #skipped = new Map<string, string | undefined>();

  constructor(resource: Resource, transform: ((raw: unknown) => T) | undefined, logger: Logger) {
    this.#type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    this.#transform = transform;
    this.#logger = logger;
  }

  /** Undefined when the kind's parser refuses it. */
  decode(raw: KubeObject): T | undefined {
    const key = formatKey(keyOf(raw));
    // Items of a list come without apiVersion and kind.
    const object: KubeObject = { ...this.#type, ...raw, metadata: withoutManagedFields(raw.metadata) };
    try {
      const decoded = this.#transform === undefined ? (object as T) : this.#transform(object);
      this.#skipped.delete(key);
      return decoded;
    } catch (error) {
      this.#report(key, raw.metadata.resourceVersion, error);
      return undefined;
    }
  }

  forget(raw: KubeObject): void {
    this.#skipped.delete(formatKey(keyOf(raw)));
  }

  #report(key: string, version: string | undefined, error: unknown): void {
    if (!this.#skipped.has(key) || this.#skipped.get(key) !== version) {
      this.#skipped.set(key, version);
      this.#logger.error({ err: error, key, resourceVersion: version }, 'object skipped: it can not be read');
    }
  }
}

function withoutManagedFields(metadata: ObjectMeta): ObjectMeta {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (name !== 'managedFields') {
      kept[name] = value;
    }
  }
  return kept as unknown as ObjectMeta;
}
