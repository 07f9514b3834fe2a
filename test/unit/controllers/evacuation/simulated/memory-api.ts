import * as z from 'zod';
import type { Instance } from '../../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../../src/api/live-migration.ts';
import { parseInstance, parseLiveMigration } from '../../../../../src/controllers/resources.ts';
import { ApiError } from '../../../../../src/kube/api-errors.ts';
import type { KubeObject } from '../../../../../src/kube/resource.ts';
import { Transport, type ApiRequest } from '../../../../../src/kube/transport.ts';
import type { Store } from '../../../../../src/runtime/store.ts';

interface Stores {
  readonly instances: Pick<Store<Instance>, 'upsert' | 'remove'>;
  readonly migrations: Pick<Store<LiveMigration>, 'upsert' | 'remove'>;
}

const PATH =
  /\/namespaces\/(?<namespace>[^/]+)\/(?<plural>instances|livemigrations)(\/(?<name>[^/]+))?(\/status)?$/;

const StatusUpdate = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
  status: z.unknown(),
});

interface Stored extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/**
 * As much of an API server as the operator writes to: Instances and LiveMigrations, with versions and preconditions. The
 * caches are told of each change at once.
 */
export class MemoryApi extends Transport {
  readonly #objects = new Map<string, Stored>();
  readonly #stores: Stores;
  readonly #now: () => number;
  #version = 100;
  /** Requests for Instances and LiveMigrations. */
  writes = 0;

  constructor(stores: Stores, now: () => number) {
    super({ server: 'http://127.0.0.1' });
    this.#stores = stores;
    this.#now = now;
  }

  /** What a person applies. */
  put(plural: string, object: KubeObject): Stored {
    return this.#store(`${plural}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
  }

  override request<T>({ method, path, body }: ApiRequest): Promise<T> {
    // Events are not asked for here.
    const { namespace, plural, name } = PATH.exec(path)?.groups ?? {};
    if (plural === undefined) return Promise.resolve({} as T);
    this.writes += 1;
    return new Promise((resolve) => {
      resolve(this.#answer(method, `${plural}/${namespace ?? ''}/${name ?? ''}`, body) as T);
    });
  }

  #answer(method: ApiRequest['method'], key: string, body: unknown): Stored | undefined {
    if (method === 'POST') return this.#create(key, body as KubeObject);
    const held = this.#objects.get(key);
    if (held === undefined) throw new ApiError(404, { reason: 'NotFound', message: `${key} not found` });
    if (method === 'DELETE') {
      this.#delete(key, held);
      return;
    }
    return this.#store(key, method === 'PUT' ? withStatus(held, body) : merged(held, body));
  }

  #create(collection: string, object: KubeObject): Stored {
    const key = `${collection}${object.metadata.name}`;
    if (this.#objects.has(key)) throw new ApiError(409, { reason: 'AlreadyExists', message: key });
    const creationTimestamp = new Date(this.#now()).toISOString();
    const metadata = { ...object.metadata, uid: `uid-${this.#version}`, generation: 1, creationTimestamp };
    return this.#store(key, { ...object, metadata });
  }

  #delete(key: string, held: Stored): undefined {
    this.#objects.delete(key);
    this.#version += 1;
    const gone = { ...held, metadata: { ...held.metadata, resourceVersion: String(this.#version) } };
    if (key.startsWith('instances/')) this.#stores.instances.remove(parseInstance(gone));
    else this.#stores.migrations.remove(parseLiveMigration(gone));
  }

  #store(key: string, object: Stored): Stored {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(key, stored);
    if (key.startsWith('instances/')) this.#stores.instances.upsert(parseInstance(stored));
    else this.#stores.migrations.upsert(parseLiveMigration(stored));
    return stored;
  }
}

/** What a PUT of the status takes. */
function withStatus(held: Stored, body: unknown): Stored {
  const { metadata, status } = StatusUpdate.parse(body);
  if (metadata.uid !== held.metadata.uid || metadata.resourceVersion !== held.metadata.resourceVersion) {
    throw new ApiError(409, { reason: 'Conflict', message: 'the object has been modified' });
  }
  return { ...held, status };
}

/** RFC 7386, as far as it is used: a note in the status, and what may change of a spec. */
function merged(held: Stored, patch: unknown): Stored {
  const { spec, status } = patch as { spec?: object; status?: object };
  const { generation = 0 } = held.metadata;
  return {
    ...held,
    ...(spec !== undefined && { metadata: { ...held.metadata, generation: generation + 1 } }),
    ...(spec !== undefined && { spec: { ...(held.spec as object), ...spec } }),
    ...(status !== undefined && { status: { ...(held.status as object), ...status } }),
  };
}
