import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../../support/api-proxy.ts';
import { Dice } from '../stories/dice.ts';
import { pass } from '../stories/ground.ts';
import { requestLie, watchLie, type RequestLie } from './lies.ts';
import { refusal } from './refusal.ts';
import { Watches } from './watches.ts';

/** How long something is late. Milliseconds. */
const LATE = { least: 50, more: 700 };

/** How a namespace is lied about: by dice of its own, so that a run can be repeated alone. */
export interface Siege {
  readonly dice: Dice;
  /** How many lies about requests are left: a network that lies for ever lets nobody get anywhere. */
  left: number;
  /** Those that were told, and those about the watches that all share, in their order. */
  readonly told: string[];
}

/**
 * A network that lies about what one namespace's requests became of, and, now and then, about the watches that all share.
 * Each tale that was told is counted.
 */
export class Liar {
  readonly told = new Map<string, number>();
  /** For the watches. */
  readonly #dice: Dice;
  /** By namespace. */
  readonly #beset = new Map<string, Siege>();
  readonly #watches = new Watches();

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  /** From now on it lies about the requests of a namespace, at most so many times, and notes in `told` what about which. */
  beset(namespace: string, siege: Siege): void {
    this.#beset.set(namespace, siege);
  }

  /** Nothing but the truth about the requests of a namespace. */
  spare(namespace: string): void {
    this.#beset.delete(namespace);
  }

  /** Lies about one of the watches that are open. */
  disturbWatch(): void {
    const lie = watchLie(this.#dice);
    const path = this.#watches.disturb(lie, this.#dice);
    if (path === undefined) return;
    this.#count(`watch ${lie}`);
    for (const { told } of this.#beset.values()) told.push(`watch of ${path} ${lie}`);
  }

  async intercept(exchange: Exchange): Promise<void> {
    if (exchange.isWatch) return this.#watches.follow(exchange);
    const lie = this.#lieAbout(exchange);
    if (lie === undefined) return pass(exchange);
    this.#count(`request ${lie}`);
    await this.#lie(exchange, lie);
  }

  #lieAbout({ method, path }: Exchange): RequestLie | undefined {
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
    const siege = this.#beset.get(namespace);
    if (siege === undefined || siege.left === 0) return undefined;
    const lie = requestLie(siege.dice);
    if (lie === undefined) return undefined;
    siege.left -= 1;
    siege.told.push(`${method} ${path} ${lie}`);
    return lie;
  }

  async #lie(exchange: Exchange, lie: RequestLie): Promise<void> {
    switch (lie) {
      case 'unsent':
        exchange.drop();
        return;
      case 'unanswered':
        await exchange.forward();
        exchange.drop();
        return;
      case 'answer cut':
        await exchange.replyCut(await exchange.forward());
        return;
      case 'late':
        await this.#wait();
        await pass(exchange);
        return;
      case 'answered late': {
        const answer = await exchange.forward();
        await this.#wait();
        await exchange.reply(answer);
        return;
      }
      case '409':
      case '429':
      case '500':
      case '503':
        await exchange.reply(refusal(Number(lie)));
        return;
      case '500 after commit':
      case '504 after commit':
        await exchange.forward();
        await exchange.reply(refusal(Number(lie.slice(0, 3))));
    }
  }

  #wait(): Promise<void> {
    return delay(LATE.least + this.#dice.below(LATE.more));
  }

  #count(lie: string): void {
    this.told.set(lie, (this.told.get(lie) ?? 0) + 1);
  }
}
