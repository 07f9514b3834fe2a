import { EventEmitter, once } from 'node:events';
import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import {
  INSTANCES,
  LIVE_MIGRATIONS,
  parseInstance,
  parseLiveMigration,
} from '../../src/controllers/resources.ts';
import { collectionPath, type Resource } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { watchOn } from './watch-on.ts';

/** One watch event, with the moment in which it was seen (milliseconds since the epoch). */
export interface Seen<T> {
  readonly at: number;
  readonly type: string;
  readonly object: T;
}

/** A wait that was in vain. */
class NotSeen extends Error {}

/** Sees every watch event of our kinds, none left out: a state that is there for a moment only is seen, too. */
export class Observer {
  readonly instances: Seen<Instance>[] = [];
  readonly migrations: Seen<LiveMigration>[] = [];
  readonly #changed = new EventEmitter();
  readonly #stop = new AbortController();
  readonly #watches: Promise<void>[] = [];
  /** What went wrong with watching; told with whatever is then waited for in vain. */
  #broken = '';

  constructor(transport: Pick<Transport, 'watch'>, namespace: string) {
    this.#follow(transport, INSTANCES, namespace, (at, type, raw) => {
      this.instances.push({ at, type, object: parseInstance(raw) });
    });
    this.#follow(transport, LIVE_MIGRATIONS, namespace, (at, type, raw) => {
      this.migrations.push({ at, type, object: parseLiveMigration(raw) });
    });
  }

  /** Told of each event as it comes. */
  onEvent(listener: () => void): () => void {
    this.#changed.on('event', listener);
    return () => this.#changed.off('event', listener);
  }

  /** Resolves with the first event, from now or earlier, that `find` picks. @throws NotSeen after `timeoutMs` */
  async until<T>(what: string, find: () => T | undefined, timeoutMs = 30_000): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      try {
        await once(this.#changed, 'event', { signal });
      } catch {
        throw new NotSeen(`not seen in ${timeoutMs / 1000} s: ${what}; ${this.#lastSeen()}`);
      }
    }
  }

  #lastSeen(): string {
    const last = this.instances.at(-1)?.object;
    const { state, operation, observedGeneration } = last?.status ?? {};
    const said = JSON.stringify({
      generation: last?.metadata.generation,
      state,
      operation,
      observedGeneration,
    });
    return `last seen of ${this.instances.length} events: ${last?.metadata.name ?? 'nothing'} ${said}${this.#broken}`;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#watches);
  }

  #follow(
    transport: Pick<Transport, 'watch'>,
    resource: Resource,
    namespace: string,
    take: (at: number, type: string, raw: unknown) => void,
  ): void {
    const from = { path: collectionPath(resource, namespace), resourceVersion: '0' };
    const run = async () => {
      for await (const { type, object } of watchOn(transport, from, this.#stop.signal)) {
        take(Date.now(), type, object);
        this.#changed.emit('event');
      }
    };
    const watch = run().catch((error: unknown) => {
      this.#broken += `; the watch of ${resource.plural} broke: ${String(error)}`;
    });
    this.#watches.push(watch);
  }
}
