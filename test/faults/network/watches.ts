import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../../support/api-proxy.ts';
import type { Dice } from '../stories/dice.ts';
import type { WatchLie } from './lies.ts';
import { refusal } from './refusal.ts';

/** How long a watch shows nothing. Milliseconds. */
const SILENCE = 1_500;
/** How far back a watch begins that begins in the past; resourceVersions count all writes of the cluster. */
const BACK = 60;

/** What happens to watches that are yet to be opened. */
const AT_OPENING: ReadonlySet<WatchLie> = new Set([
  'refused with 410',
  'refused with 503',
  'begins in the past',
]);

/** The watches that are open, and what is to become of those that will be. */
export class Watches {
  readonly #open = new Set<Carrier>();
  /** By path. */
  readonly #awaiting = new Map<string, WatchLie>();

  /** Lies about one of them, and says of which path; `undefined`: there is none. */
  disturb(lie: WatchLie, dice: Dice): string | undefined {
    const [first, ...others] = [...this.#open];
    if (first === undefined) return undefined;
    const carrier = dice.oneOf([first, ...others]);
    // It ends, for the next watch of these objects to come.
    if (AT_OPENING.has(lie)) {
      this.#awaiting.set(carrier.path, lie);
      carrier.drop();
    } else carrier.disturb(lie);
    return carrier.path;
  }

  /** Carries the events of a watch until it ends. */
  async follow(exchange: Exchange): Promise<void> {
    const { path } = exchange;
    const atOpening = this.#awaiting.get(path);
    this.#awaiting.delete(path);
    if (atOpening === 'refused with 410') return exchange.reply(refusal(410));
    if (atOpening === 'refused with 503') return exchange.reply(refusal(503));
    if (atOpening === 'begins in the past') exchange.rewind(BACK);
    const carrier = new Carrier(exchange);
    this.#open.add(carrier);
    try {
      await carrier.run();
    } finally {
      this.#open.delete(carrier);
    }
  }
}

/** A watch that events come through. */
class Carrier {
  readonly #exchange: Exchange;
  #lie: WatchLie | undefined;
  #rest = Buffer.alloc(0);
  #hasEnded = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get path(): string {
    return this.#exchange.path;
  }

  drop(): void {
    this.#exchange.drop();
  }

  disturb(lie: WatchLie): void {
    if (lie === 'ended') this.#end();
    else this.#lie = lie;
  }

  async run(): Promise<void> {
    const answer = await this.#exchange.open();
    this.#exchange.begin({ code: answer.statusCode ?? 502, headers: answer.headers });
    for await (const chunk of answer) {
      for (const frame of this.#framesOf(chunk as Buffer)) {
        if (!this.#hasEnded) await this.#carry(frame);
      }
    }
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#exchange.end();
  }

  #framesOf(chunk: Buffer): Buffer[] {
    const text = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let start = 0;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      frames.push(text.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = text.subarray(start);
    return frames;
  }

  async #carry(frame: Buffer): Promise<void> {
    const lie = this.#lie;
    this.#lie = undefined;
    switch (lie) {
      case 'held back':
        await delay(SILENCE);
        break;
      case 'told twice':
        await this.#exchange.send(frame);
        break;
      case 'cut in an event':
        await this.#exchange.send(frame.subarray(0, Math.floor(frame.length / 2)));
        this.#exchange.drop();
        return;
      case 'says 410':
        await this.#exchange.send(Buffer.from(`{"type":"ERROR","object":${refusal(410).body.toString()}}\n`));
        this.#end();
        return;
      case 'half-open':
        await delay(SILENCE);
        this.#exchange.drop();
        return;
      case undefined:
      case 'ended':
      case 'refused with 410':
      case 'refused with 503':
      case 'begins in the past':
        break;
    }
    await this.#exchange.send(frame);
  }
}
