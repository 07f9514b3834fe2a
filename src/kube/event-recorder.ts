import type { Logger } from 'pino';
import { isAlreadyExists, isNotFound } from './api-errors.ts';
import { eventCount, eventKey, eventObject, EVENTS } from './event-object.ts';
import type { EventRecord, EventReporter } from './event-object.ts';
import { ResourceClient } from './resource-client.ts';
import { formatKey } from './resource.ts';
import type { KubeObject, ObjectKey } from './resource.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { Transport } from './transport.ts';

export type { EventRecord } from './event-object.ts';

export interface EventRecorderOptions extends EventReporter {
  readonly logger: Logger;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

/** All equal records about one object: one Event on the server. */
interface Series {
  readonly key: ObjectKey;
  readonly first: KubeObject;
  /** How often it was recorded, and how much of that the server knows. */
  count: number;
  written: number;
  writtenAt: number;
  lastObserved: number;
  queued: boolean;
}

/** A repeat of what was told last is only counted when the last write is more recent than this; a later write carries the count. */
const SERIES_PERIOD_MS = 60_000;
const MOST_SERIES = 4_096;
const MOST_QUEUED = 1_000;
/** Different Events about one object: as many at once, then one in so much time. */
const BURST_PER_OBJECT = 25;
const REFILL_MS = 30_000;
/** Where thousands are dropped, a line for each would be one more flood. */
const DROPPED_PERIOD_MS = 10_000;

/**
 * Records Events. Never throws and never waits: an Event that can't be written is worth less than the
 * reconcile that reports it. Equal records are one Event with a count, also across restarts and replicas, because its
 * name derives from the content.
 */
export class EventRecorder {
  readonly #client: ResourceClient<KubeObject & { readonly series?: { readonly count: number } }>;
  readonly #options: EventRecorderOptions;
  readonly #now: () => number;
  readonly #buckets: TokenBuckets;
  readonly #series = new Map<string, Series>();
  /** The last one of each object. */
  readonly #latest = new Map<string, Series>();
  readonly #queue: Series[] = [];
  #sending: Promise<void> | undefined;
  /** Since it was said last. */
  #dropped = 0;
  #droppedSaidAt = -Infinity;

  constructor(transport: Transport, options: EventRecorderOptions) {
    this.#client = new ResourceClient(transport, EVENTS);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#buckets = new TokenBuckets({ burst: BURST_PER_OBJECT, refillMs: REFILL_MS, mostKeys: MOST_SERIES });
  }

  /** `regarding` must carry apiVersion, kind, name and uid. A repeat counts up the series of the first. */
  record(regarding: KubeObject, event: EventRecord): void {
    const now = this.#now();
    const series = this.#seriesOf(regarding, event, now);
    if (series === undefined) {
      this.#drop(regarding, event, now);
      return;
    }
    series.count += 1;
    series.lastObserved = now;
    if (this.#isNews(regarding, series) || now - series.writtenAt >= SERIES_PERIOD_MS) {
      this.#enqueue(series);
    }
  }

  #drop({ metadata: { name } }: KubeObject, { reason }: EventRecord, now: number): void {
    this.#dropped += 1;
    if (now - this.#droppedSaidAt < DROPPED_PERIOD_MS) return;
    this.#options.logger.warn({ dropped: this.#dropped, name, reason }, 'events dropped: too many');
    this.#dropped = 0;
    this.#droppedSaidAt = now;
  }

  /** Whether the last that was told of an object is something else: without it, what came back would seem to be away still. */
  #isNews({ metadata }: KubeObject, series: Series): boolean {
    const uid = metadata.uid ?? formatKey(series.key);
    const before = this.#latest.get(uid);
    remember(this.#latest, uid, series);
    return series.written === 0 || before !== series;
  }

  /** Writes what was only counted so far; resolves when everything is sent or given up. */
  async flush(): Promise<void> {
    await this.#sending;
    for (const series of this.#series.values()) {
      if (series.count > series.written) {
        this.#enqueue(series);
      }
    }
    await this.#sending;
  }

  #seriesOf(regarding: KubeObject, event: EventRecord, now: number): Series | undefined {
    const key = eventKey(regarding, event);
    const id = formatKey(key);
    const known = this.#series.get(id);
    if (known !== undefined) {
      return known;
    }
    const flooded =
      this.#queue.length >= MOST_QUEUED || !this.#buckets.take(regarding.metadata.uid ?? id, now);
    if (flooded) {
      return undefined;
    }
    const first = eventObject(regarding, event, this.#options, now);
    const series: Series = {
      ...{ key, first, count: 0, written: 0 },
      ...{ writtenAt: 0, lastObserved: now, queued: false },
    };
    remember(this.#series, id, series);
    return series;
  }

  #enqueue(series: Series): void {
    if (series.queued) {
      return;
    }
    series.queued = true;
    this.#queue.push(series);
    this.#sending ??= this.#send();
  }

  /** One at a time: Events must not crowd out the requests that do the work. */
  async #send(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      try {
        series.written = await (series.written === 0 ? this.#create(series) : this.#countUp(series));
        series.writtenAt = this.#now();
      } catch (error) {
        this.#series.delete(formatKey(series.key));
        this.#options.logger.warn({ err: error, event: formatKey(series.key) }, 'event not written');
      }
      series.queued = false;
    }
    this.#sending = undefined;
  }

  /** Returns the count that the server has now; so does countUp. */
  async #create(series: Series): Promise<number> {
    const { count, lastObserved } = series;
    try {
      await this.#client.create({ ...series.first, ...eventCount(count, lastObserved) });
      return count;
    } catch (error) {
      if (!isAlreadyExists(error)) {
        throw error;
      }
      // Recorded by an earlier process, or by another replica. A patch that changes nothing shows it, and takes no right to
      // read what others tell.
      const earlier = await this.#client.mergePatch(series.key, {});
      series.count += earlier.series?.count ?? 1;
      return await this.#countUp(series);
    }
  }

  async #countUp(series: Series): Promise<number> {
    const { count, lastObserved } = series;
    try {
      await this.#client.mergePatch(series.key, eventCount(count, lastObserved));
    } catch (error) {
      if (!isNotFound(error)) {
        throw error;
      }
      // Events live for an hour only.
      await this.#client.create({ ...series.first, ...eventCount(count, lastObserved) });
    }
    return count;
  }
}

/** Forgets the one that was new longest ago where there are too many. */
function remember(all: Map<string, Series>, key: string, series: Series): void {
  all.set(key, series);
  const oldest = all.keys().next();
  if (all.size > MOST_SERIES && oldest.done !== true) all.delete(oldest.value);
}
