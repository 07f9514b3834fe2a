import type { Exchange } from '../../support/api-proxy.ts';
import { pass } from '../stories/ground.ts';

/**
 * Stands for one of several API servers, whose watch cache falls behind etcd: what it is asked for is read from etcd, so
 * that it is up to date, but its watches show nothing new until it has caught up.
 */
export class OlderServer {
  #caughtUp = Promise.withResolvers<undefined>();

  constructor() {
    this.#caughtUp.resolve(undefined);
  }

  /** From now on its watches show nothing. */
  fallBehind(): void {
    this.#caughtUp = Promise.withResolvers<undefined>();
  }

  catchUp(): void {
    this.#caughtUp.resolve(undefined);
  }

  async intercept(exchange: Exchange): Promise<void> {
    if (!exchange.isWatch) return pass(exchange);
    await this.#caughtUp.promise;
    const answer = await exchange.open();
    exchange.begin({ code: answer.statusCode ?? 502, headers: answer.headers });
    for await (const chunk of answer) {
      await this.#caughtUp.promise;
      await exchange.send(chunk as Buffer);
    }
    exchange.end();
  }
}
