export interface TokenBucketOptions {
  /** How many may be taken at once. */
  readonly burst: number;
  /** Milliseconds until one more may be taken. */
  readonly refillMs: number;
  /** The bucket that was used least recently is forgotten (and so is full again) beyond this number. */
  readonly mostKeys: number;
}

/** A rate limit per key. Time is an argument. */
export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  /** Takes one token of the key's bucket, if there is one. @param now milliseconds */
  take(key: string, now: number): boolean {
    const { burst, refillMs } = this.#options;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    const taken = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: taken ? tokens - 1 : tokens, at: now });
    this.#forgetOldest();
    return taken;
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > this.#options.mostKeys && oldest.done !== true) {
      this.#buckets.delete(oldest.value);
    }
  }
}
