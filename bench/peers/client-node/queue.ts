const RETRY_MS = 1_000;

/** Keys to work on: each waits once, and nobody else works on it meanwhile. */
export class Queue {
  readonly #work: (key: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #workers: number;

  constructor(workers: number, work: (key: string) => Promise<void>) {
    this.#workers = workers;
    this.#work = work;
  }

  add(key: string): void {
    this.#waiting.add(key);
    this.#next();
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (this.#busy.size >= this.#workers) return;
      if (!this.#busy.has(key)) void this.#take(key);
    }
  }

  async #take(key: string): Promise<void> {
    this.#waiting.delete(key);
    this.#busy.add(key);
    try {
      await this.#work(key);
    } catch (error) {
      console.error(error);
      setTimeout(() => this.add(key), RETRY_MS);
    } finally {
      this.#busy.delete(key);
      this.#next();
    }
  }
}
