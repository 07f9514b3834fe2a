/**
 * From what the API server sends to what the cache holds. managedFields are a third of an object and nobody reads them,
 * so metadata is built anew without them (deleting the property would leave a slow, larger object). Then the kind's own
 * parser may look at it; an object that it refuses is told apart and reported once per version, because one broken
 * object must not keep the others from being seen.
 */
import type { Logger } from 'pino';
import { apiVersionOf, formatKey, keyOf } from '../kube/resource.ts';
import type { KubeObject, ObjectMeta, Resource } from '../kube/resource.ts';
import type { Decoded } from './unreadable.ts';

export class ObjectDecoder<T extends KubeObject> {
  readonly #type: { readonly apiVersion: string; readonly kind: string };
  readonly #transform: ((raw: unknown) => T) | undefined;
  readonly #logger: Logger;
  readonly #reported = new Map<string, string | undefined>();

  constructor(resource: Resource, transform: ((raw: unknown) => T) | undefined, logger: Logger) {
    this.#type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    this.#transform = transform;
    this.#logger = logger;
  }

  decode(raw: KubeObject): Decoded<T> {
    const key = formatKey(keyOf(raw));
    // Items of a list come without apiVersion and kind.
    const object: KubeObject = { ...this.#type, ...raw, metadata: withoutManagedFields(raw.metadata) };
    try {
      const decoded = this.#transform === undefined ? (object as T) : this.#transform(object);
      this.#reported.delete(key);
      return { kind: 'Readable', object: decoded };
    } catch (error) {
      const { metadata } = object;
      this.#report(key, metadata.resourceVersion, error);
      const status = 'status' in object ? { status: object.status } : {};
      return { kind: 'Unreadable', object: { ...this.#type, metadata, ...status, error } };
    }
  }

  forget(raw: KubeObject): void {
    this.#reported.delete(formatKey(keyOf(raw)));
  }

  #report(key: string, version: string | undefined, error: unknown): void {
    if (!this.#reported.has(key) || this.#reported.get(key) !== version) {
      this.#reported.set(key, version);
      this.#logger.error({ err: error, key, resourceVersion: version }, 'object can not be read');
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
