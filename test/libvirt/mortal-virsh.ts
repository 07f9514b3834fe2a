import type { Virsh, VirshResult } from '../../src/drivers/libvirt/virsh.ts';

/** The calls of virsh that an operator makes; it can be killed right after a certain one, before it hears the answer. */
export class MortalVirsh {
  readonly #death = Promise.withResolvers<undefined>();
  #isDead = false;
  #last: { readonly command: string; left: number } | undefined;

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
    if (this.#isDead) return never();
    const result = await call();
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
