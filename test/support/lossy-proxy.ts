/**
 * A proxy in front of the API server that has chosen requests carried out and answers none of them: their connections
 * are reset when the answer is there. It can hold watches back as well. It speaks plain HTTP on loopback, so that it can
 * tell requests apart.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '../control-plane/control-plane.ts';

export interface LossyProxy {
  readonly url: string;
  /** Requests that were carried out and not answered: `PATCH /apis/…`. */
  readonly lost: readonly string[];
  /** From now until what it returns is called, nothing comes through watches of these objects. */
  hold(plural: string): () => void;
  close(): Promise<void>;
}

/** A watch that is open. */
interface Watch {
  readonly plural: string;
  readonly answer: IncomingMessage;
  readonly to: ServerResponse;
}

/** `isLost` is asked once for each request, in their order. */
export async function startLossyProxy(
  { url, ca }: Pick<ControlPlane, 'url' | 'ca'>,
  isLost: (method: string, path: string) => boolean,
): Promise<LossyProxy> {
  const agent = new Agent({ keepAlive: true, ca });
  const lost: string[] = [];
  const watches = new Set<Watch>();
  let held: string | undefined;
  const forward = (from: IncomingMessage, to: ServerResponse) => {
    const { method = 'GET', url: target = '/', headers } = from;
    const [path = ''] = target.split('?');
    const losing = isLost(method, path);
    if (losing) lost.push(`${method} ${path}`);
    const sent = request(new URL(target, url), { agent, method, headers }, (answer) => {
      if (losing) {
        answer.resume();
        answer.once('end', () => from.socket.resetAndDestroy());
        return;
      }
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => to.destroy());
      const watch = { plural: path.split('/').at(-1) ?? '', answer, to };
      if (target.includes('watch=true')) watches.add(watch);
      answer.once('close', () => watches.delete(watch));
      if (!watches.has(watch) || watch.plural !== held) answer.pipe(to);
    });
    sent.on('error', () => to.destroy());
    to.on('close', () => sent.destroy());
    from.pipe(sent);
  };
  const server = createServer(forward);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost,
    hold: (plural) => {
      const those = () => [...watches].filter((watch) => watch.plural === plural);
      held = plural;
      for (const { answer, to } of those()) answer.unpipe(to);
      return () => {
        held = undefined;
        for (const { answer, to } of those()) answer.pipe(to);
      };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
