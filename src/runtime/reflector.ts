/**
 * Keeps a Store equal to what the API server has: a first complete list, then a watch, for ever. It does what client-go's
 * reflector does. A watch ends for many reasons and only one of them (410: the version we know is compacted away) needs a
 * new list; after all others it goes on from the last version seen, which bookmarks move forward also when nothing
 * happens. Whatever goes wrong, the loop goes on, with growing pauses; the cache stays as it is meanwhile.
 */
import type { Logger } from 'pino';
import { isGone, SilentWatchError } from '../kube/api-errors.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { WatchEvent } from '../kube/transport.ts';
import { BackOff } from './back-off.ts';
import { CacheFeed } from './cache-feed.ts';
import { sleep, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Indices } from './index-table.ts';
import { collectInitialEvents } from './initial-events.ts';
import { ListWatch } from './list-watch.ts';
import type { ListWatchOptions } from './list-watch.ts';
import { ObjectDecoder } from './object-decoder.ts';
import { isOlder } from './resource-version.ts';
import { Store } from './store.ts';
import type { ChangeHandler } from './store.ts';
import type { Decoded, Unreadable } from './unreadable.ts';

export interface ReflectorOptions<T extends KubeObject> extends ListWatchOptions {
  readonly logger: Logger;
  /** Parses what arrives, managedFields already dropped. An object that it throws for is logged. */
  readonly transform?: ((raw: unknown) => T) | undefined;
  readonly indices?: Indices<T> | undefined;
  /** Of another reflector that keeps another namespace of the same kind in it. Default: one of its own. */
  readonly store?: Store<T> | undefined;
  /** Where an object is held that `transform` throws for. Default: its last readable state stays in the store. */
  readonly unreadable?: Store<Unreadable> | undefined;
  /** Set false to list in pages even where the server offers watch-list. Default true. */
  readonly watchList?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** What a reflector did so far; counters for metrics. */
export interface ReflectorStats {
  lists: number;
  watches: number;
  events: number;
  failures: number;
}

/** A watch that ended sooner did not work, whatever it said. */
const SHORTEST_WATCH_MS = 1_000;
/** After so many watches without a single frame we don't trust the version that we go on from. */
const MOST_SILENT_WATCHES = 2;

export class Reflector<T extends KubeObject> {
  readonly name: string;
  readonly store: Store<T>;
  readonly stats: ReflectorStats = { lists: 0, watches: 0, events: 0, failures: 0 };
  readonly #listWatch: ListWatch;
  readonly #feed: CacheFeed<T>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #firstSync = Promise.withResolvers<undefined>();
  #watchListOffered: boolean;
  /** Undefined: a new list is needed. */
  #version: string | undefined;
  #newestSeen: string | undefined;
  #silentWatches = 0;

  constructor(options: ReflectorOptions<T>) {
    this.name = `reflector ${options.resource.plural}`;
    this.#logger = options.logger.child({ resource: options.resource.plural });
    this.#clock = options.clock ?? systemClock;
    this.#listWatch = new ListWatch(options);
    this.#backOff = new BackOff({ firstMs: 800, longestMs: 30_000, jitter: 1, random: options.random });
    this.#watchListOffered = options.watchList ?? true;
    this.store =
      options.store ??
      new Store<T>({
        indices: options.indices,
        onHandlerError: (error) => {
          this.#logger.error({ err: error }, 'change handler failed');
        },
        monotonic: () => this.#clock.monotonic(),
      });
    const decoder = new ObjectDecoder(options.resource, options.transform, this.#logger);
    const { unreadable, namespace } = options;
    this.#feed = new CacheFeed(decoder, { store: this.store, unreadable, namespace });
  }

  /** Handlers must not wait. What one throws is logged. */
  onChange(handler: ChangeHandler<T>): void {
    this.store.onChange(handler);
  }

  /** Takes a state of an object that is known from elsewhere than the watch: the answer to an own write. */
  upsert(raw: KubeObject): void {
    this.#feed.upsert(raw);
  }

  /** Runs in the background until the signal is aborted. */
  start(signal: AbortSignal): void {
    void this.run(signal);
  }

  /** Resolves when the signal is aborted and the last request has ended. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = await this.#follow(signal);
      if (pause > 0) {
        await sleep(this.#clock, pause, signal);
      }
    }
  }

  /** Resolves when the first complete list is in the store. @throws the signal's reason */
  synced(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) {
        abort();
      }
      void this.#firstSync.promise.then(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
    });
  }

  /** Until the watch ends. Returns how long to wait before the next, in milliseconds. */
  async #follow(signal: AbortSignal): Promise<number> {
    const start = this.#clock.monotonic();
    const eventsBefore = this.stats.events;
    try {
      await this.#listAndWatch(signal);
    } catch (error) {
      return signal.aborted ? 0 : this.#afterError(error);
    }
    if (this.stats.events > eventsBefore || this.#clock.monotonic() - start >= SHORTEST_WATCH_MS) {
      this.#backOff.reset();
      return 0;
    }
    return signal.aborted ? 0 : this.#backOff.next();
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    if (this.#version === undefined && this.#watchListOffered) {
      this.#watchListOffered = await this.#watchList(signal);
      if (this.#watchListOffered) {
        return;
      }
      this.#logger.info('watch-list is not offered: listing in pages');
    }
    if (this.#version === undefined) {
      this.stats.lists += 1;
      const list = await this.#listWatch.list(signal, this.#read);
      this.#replace(list.items, list.resourceVersion);
    }
    if (this.#version !== undefined) {
      await this.#watch(this.#listWatch.watch(this.#version, signal));
    }
  }

  /** Until the watch ends; false when the server does not offer it. */
  async #watchList(signal: AbortSignal): Promise<boolean> {
    const given = new AbortController();
    const events = this.#listWatch.watchList(AbortSignal.any([signal, given.signal]));
    this.stats.lists += 1;
    try {
      const initial = await collectInitialEvents(events, this.#clock, this.#read);
      if (initial === 'not offered') {
        return false;
      }
      this.#replace(initial.objects, initial.resourceVersion);
      await this.#watch({ [Symbol.asyncIterator]: () => events });
      return true;
    } finally {
      // Aborted first: return() waits for a next() that is under way.
      given.abort();
      await events.return();
    }
  }

  async #watch(events: AsyncIterable<WatchEvent>): Promise<void> {
    this.stats.watches += 1;
    const eventsBefore = this.stats.events;
    try {
      for await (const event of events) {
        this.stats.events += 1;
        this.#silentWatches = 0;
        this.#backOff.reset();
        this.#seen(this.#feed.apply(event) ?? this.#version);
      }
    } catch (error) {
      if (!(error instanceof SilentWatchError)) {
        throw error;
      }
      this.#logger.info(error.message);
    }
    if (this.stats.events === eventsBefore) {
      this.#doubtAfterSilence();
    }
  }

  /** A server that was restored from a backup answers a watch from the future with silence, however often it is asked. */
  #doubtAfterSilence(): void {
    this.#silentWatches += 1;
    if (this.#silentWatches >= MOST_SILENT_WATCHES) {
      this.#silentWatches = 0;
      this.#version = undefined;
    }
  }

  readonly #read = (raw: KubeObject): Decoded<T> => this.#feed.read(raw);

  #replace(objects: readonly Decoded<T>[], version: string): void {
    if (isOlder(version, this.#newestSeen)) {
      this.#logger.warn({ version, newestSeen: this.#newestSeen }, 'the server has gone back in time');
      this.#feed.forgetVersions();
    }
    this.#feed.replace(objects, version);
    this.#seen(version);
    this.#firstSync.resolve(undefined);
  }

  #seen(version: string | undefined): void {
    this.#version = version;
    this.#newestSeen = version;
  }

  #afterError(error: unknown): number {
    this.stats.failures += 1;
    const first = this.#backOff.failures === 0;
    const pause = this.#backOff.next();
    if (isGone(error)) {
      this.#logger.info({ version: this.#version }, 'version is gone: listing again');
      this.#version = undefined;
      return first ? 0 : pause;
    }
    this.#logger.warn({ err: error, pause }, 'watch failed');
    return pause;
  }
}
