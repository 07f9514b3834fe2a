/** Where those who come first wait for the others. */
export class Meeting {
  #missing = 0;
  #complete = Promise.withResolvers<undefined>();

  /** The next `count` to arrive wait for each other. */
  convene(count: number): void {
    this.#missing = count;
    this.#complete = Promise.withResolvers();
  }

  async arrive(): Promise<void> {
    if (this.#missing === 0) {
      return;
    }
    const { promise, resolve } = this.#complete;
    this.#missing -= 1;
    if (this.#missing === 0) {
      resolve(undefined);
    }
    await promise;
  }
}
