import type { Virsh, VirshResult } from '../../src/drivers/libvirt/virsh.ts';

/**
 * The calls of virsh that an operator makes; one can be held up, and it can be killed
 * right after one, before it hears the answer.
 */
export class MortalVirsh {
  /** How many calls were answered. */
  calls = 0;
  readonly #death = Promise.withResolvers<undefined>();
  #isDead = false;
  #last: { readonly command: string; left: number } | undefined;
  #held: { readonly command: string; readonly release: Promise<unknown> } | undefined;

  /** Resolves when it is dead. */
  get death(): Promise<unknown> {
    return this.#death.promise;
  }

  die(): void {
    this.#isDead = true;
    this.#death.resolve(undefined);
  }

  /** The n-th call of that command, from now on, is the last that it makes. */
  dieAfter(command: string, nth = 1): void {
    this.#last = { command, left: nth };
  }

  /** The calls of that command wait until what is returned is called. */
  hold(command: string): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#held = { command, release: promise };
    return () => resolve(undefined);
  }

  over(virsh: Virsh): Virsh {
    return {
      ...virsh,
      run: (args, call) => this.#mortal(args, () => virsh.run(args, call)),
      runWithFile: (args, text, call) => this.#mortal(args, () => virsh.runWithFile(args, text, call)),
    };
  }

  #answer(result: VirshResult): VirshResult | Promise<VirshResult> {
    return this.#isDead ? never() : result;
  }

  async #mortal([command]: readonly string[], call: () => Promise<VirshResult>): Promise<VirshResult> {
    if (this.#held !== undefined && this.#held.command === command) await this.#held.release;
    if (this.#isDead) return never();
    const result = await call();
    this.calls += 1;
    if (this.#last !== undefined && this.#last.command === command) {
      this.#last.left -= 1;
      if (this.#last.left === 0) this.die();
    }
    return this.#answer(result);
  }
}

/** Who is dead hears no answer. */
function never(): Promise<VirshResult> {
  return new Promise(() => undefined);
}
