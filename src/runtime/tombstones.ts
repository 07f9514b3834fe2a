/**
 * Deletions seen a short while ago. The response to an own write may arrive after the watch has already told that the
 * object is gone; without this memory it would bring the object back into the cache, for good. No response is that late
 * after its request's deadline, so the memory is short.
 */
import { isNewer } from './resource-version.ts';

const KEEP_MS = 120_000;

export class Tombstones {
  readonly #monotonic: () => number;
  readonly #versions = new Map<string, { version: string | undefined; at: number }>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  add(key: string, version: string | undefined): void {
    this.#dropExpired();
    // Deleted first, so that the map stays in order of time.
    this.#versions.delete(key);
    this.#versions.set(key, { version, at: this.#monotonic() });
  }

  /** Whether a state of this version is, or may be, from before a deletion. */
  covers(key: string, version: string | undefined): boolean {
    const tombstone = this.#versions.get(key);
    return tombstone !== undefined && !isNewer(version, tombstone.version);
  }

  clear(): void {
    this.#versions.clear();
  }

  #dropExpired(): void {
    const expired = this.#monotonic() - KEEP_MS;
    for (const [key, { at }] of this.#versions) {
      if (at > expired) {
        return;
      }
      this.#versions.delete(key);
    }
  }
}
