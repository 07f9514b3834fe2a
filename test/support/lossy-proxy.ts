/**
 * A proxy in front of the API server that has chosen requests carried out and answers none of them: their connections
 * are reset when the answer is there. It can hold watches back as well.
 */
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startApiProxy, type ApiProxy, type Exchange } from './api-proxy.ts';

export interface LossyProxy extends ApiProxy {
  /** Requests that were carried out and not answered: `PATCH /apis/…`. */
  readonly lost: readonly string[];
  /** From now until what it returns is called, nothing comes through watches of these objects. */
  hold(plural: string): () => void;
}

/** `isLost` is asked once for each request, in their order. */
export async function startLossyProxy(
  controlPlane: ControlPlane,
  isLost: (method: string, path: string) => boolean,
): Promise<LossyProxy> {
  const lost: string[] = [];
  let held: { readonly plural: string; readonly released: Promise<void> } | undefined;
  const follow = async (exchange: Exchange): Promise<void> => {
    const plural = exchange.path.split('/').at(-1);
    const answer = await exchange.open();
    exchange.begin({ code: answer.statusCode ?? 502, headers: answer.headers });
    for await (const chunk of answer) {
      while (held?.plural === plural) await held?.released;
      await exchange.send(chunk as Buffer);
    }
    exchange.end();
  };
  const proxy = await startApiProxy(controlPlane, async (exchange) => {
    if (exchange.isWatch) return follow(exchange);
    const { method, path } = exchange;
    const losing = isLost(method, path);
    const answer = await exchange.forward();
    if (!losing) return exchange.reply(answer);
    lost.push(`${method} ${path}`);
    exchange.drop();
  });
  return {
    ...proxy,
    lost,
    hold: (plural) => {
      const { promise: released, resolve } = Promise.withResolvers<undefined>();
      held = { plural, released: released };
      return () => {
        held = undefined;
        resolve(undefined);
      };
    },
  };
}
