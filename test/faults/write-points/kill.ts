import type { Exchange } from '../../support/api-proxy.ts';
import { pass } from '../stories/ground.ts';

/** When the operator is killed: before the write is sent, when it is carried out but not answered, when it is answered. */
export const MOMENTS = ['before it is sent', 'before it is answered', 'after it is answered'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A write that the operator is killed at. It is held until the others are there that it dies of as well. */
export class Kill {
  readonly #moment: Moment;
  readonly #taken = Promise.withResolvers<undefined>();
  readonly #due = Promise.withResolvers<undefined>();
  readonly #carriedOut = Promise.withResolvers<undefined>();
  readonly #dead = Promise.withResolvers<undefined>();
  #isTaken = false;
  #isOver = false;

  constructor(moment: Moment) {
    this.#moment = moment;
  }

  /** Resolves when it was sent, and is held. */
  get taken(): Promise<undefined> {
    return this.#taken.promise;
  }

  /** Has it go as far as it gets; resolves when it is there, if it was sent. */
  async goOn(): Promise<void> {
    this.#due.resolve(undefined);
    if (this.#isTaken) await this.#carriedOut.promise;
  }

  /** The operator is dead. */
  end(): void {
    this.#isOver = true;
    this.#dead.resolve(undefined);
  }

  async strike(exchange: Exchange): Promise<void> {
    this.#isTaken = true;
    this.#taken.resolve(undefined);
    await this.#due.promise;
    try {
      if (this.#moment !== 'before it is sent') {
        const answer = await exchange.forward();
        if (this.#moment === 'after it is answered') await exchange.reply(answer);
      }
    } finally {
      this.#carriedOut.resolve(undefined);
    }
    await this.#loseIt(exchange);
  }

  /** What the same operator writes after it gets nowhere; the next one's passes. */
  async follow(exchange: Exchange): Promise<void> {
    await (this.#isOver ? pass(exchange) : this.#loseIt(exchange));
  }

  async #loseIt(exchange: Exchange): Promise<void> {
    await this.#dead.promise;
    exchange.drop();
  }
}
