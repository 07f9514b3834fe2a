import type { Exchange } from '../../support/api-proxy.ts';

/**
 * What becomes of a write whose sender is stopped: the network keeps it until another one leads, or until all is done; or it
 * is carried out at once, and whoever sent it decides on when it wakes up.
 */
export const FATES = ['arrives when another leads', 'arrives when all is done', 'is answered late'] as const;
export type Fate = (typeof FATES)[number];

/** A write that its sender is stopped at. */
export class LateWrite {
  readonly fate: Fate;
  readonly #taken = Promise.withResolvers<undefined>();
  readonly #due = Promise.withResolvers<undefined>();
  readonly #over = Promise.withResolvers<undefined>();
  #isTaken = false;
  /** What it was answered. */
  code: number | undefined;

  constructor(fate: Fate) {
    this.fate = fate;
  }

  /** Resolves when it was sent, and its sender waits for the answer. */
  get taken(): Promise<undefined> {
    return this.#taken.promise;
  }

  /** Has it go on; resolves when it is answered, if it was sent. */
  async goOn(): Promise<void> {
    this.#due.resolve(undefined);
    if (this.#isTaken) await this.#over.promise;
  }

  async strike(exchange: Exchange): Promise<void> {
    this.#isTaken = true;
    try {
      const early = this.fate === 'is answered late' ? await exchange.forward() : undefined;
      this.#taken.resolve(undefined);
      await this.#due.promise;
      const answer = early ?? (await exchange.forward());
      this.code = answer.code;
      await exchange.reply(answer);
    } finally {
      this.#over.resolve(undefined);
    }
  }
}
