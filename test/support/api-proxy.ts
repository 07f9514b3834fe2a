/**
 * A proxy between a client and the API server that whoever intercepts decides about, request by request. It speaks plain
 * HTTP on loopback, so that it can tell requests apart.
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { OPERATOR_USER } from './installed-control-plane.ts';

/** A complete answer. */
export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request that has come, and what can be done with it. */
export class Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #target: URL;
  readonly #agent: Agent;

  constructor(
    [incoming, response]: readonly [IncomingMessage, ServerResponse],
    { url, agent }: { url: string; agent: Agent },
  ) {
    this.#incoming = incoming;
    this.#response = response;
    this.#target = new URL(incoming.url ?? '/', url);
    this.#agent = agent;
    this.method = incoming.method ?? 'GET';
    this.path = this.#target.pathname;
    this.query = this.#target.searchParams;
  }

  get isWatch(): boolean {
    return this.query.get('watch') === 'true';
  }

  /** Has the API server carry it out; what comes back is not passed on yet. For what is no watch. */
  async forward(): Promise<Answer> {
    const answer = await this.open();
    const { statusCode: code = 502, headers } = answer;
    return { code, headers, body: await buffer(answer) };
  }

  /** The same, resolved when the answer begins. */
  async open(): Promise<IncomingMessage> {
    const body = await buffer(this.#incoming);
    const { method } = this;
    const headers = { ...this.#incoming.headers, 'accept-encoding': 'identity' };
    const sent = request(this.#target, { agent: this.#agent, method, headers });
    this.#response.once('close', () => sent.destroy());
    // When the answer has begun, a connection that is lost is an error of both; who reads the answer is told.
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end(body);
    const [answer] = await answered;
    return answer;
  }

  /** Has a watch begin so many writes before what it has asked for. */
  rewind(writes: number): void {
    const from = Number(this.query.get('resourceVersion') ?? 0);
    if (from > writes) this.query.set('resourceVersion', String(from - writes));
  }

  /** Answers the client; resolves when all of it was handed to the network, or nobody waits for it any more. */
  async reply({ code, headers, body }: Answer): Promise<void> {
    if (this.#response.destroyed) return;
    this.#response.writeHead(code, headers);
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve);
      this.#response.end(body, resolve);
    });
  }

  /** Begins an answer and resets the connection in the midst of it. */
  async replyCut({ code, headers, body }: Answer): Promise<void> {
    this.begin({ code, headers });
    await this.send(body.subarray(0, Math.floor(body.length / 2)));
    this.drop();
  }

  /** For answers that go on: their head. */
  begin({ code, headers }: Pick<Answer, 'code' | 'headers'>): void {
    this.#response.writeHead(code, headers);
    this.#response.flushHeaders();
  }

  /** A part of an answer that goes on. */
  async send(chunk: Buffer): Promise<void> {
    if (this.#response.destroyed || chunk.length === 0) return;
    await new Promise<void>((resolve) => this.#response.write(chunk, () => resolve()));
  }

  end(): void {
    this.#response.end();
  }

  /** Resets the connection. */
  drop(): void {
    this.#incoming.socket.resetAndDestroy();
  }

  /** Both directions as they come. */
  async pass(): Promise<void> {
    const answer = await this.open();
    this.begin({ code: answer.statusCode ?? 502, headers: answer.headers });
    answer.on('error', () => this.#response.destroy());
    answer.pipe(this.#response);
  }
}

export interface ApiProxy {
  readonly url: string;
  /** Path of a kubeconfig of the operator that leads here. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** `intercept` is asked for each request, in their order; what it throws is a reset connection. */
export async function startApiProxy(
  controlPlane: ControlPlane,
  intercept: (exchange: Exchange) => Promise<void>,
): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: controlPlane.ca });
  const server = createServer((...pair) => {
    const exchange = new Exchange(pair, { url: controlPlane.url, agent });
    intercept(exchange).catch(() => exchange.drop());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    kubeconfig: await kubeconfigFor(controlPlane, url),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

/** Plain HTTP is only accepted by clients that check no certificate. */
async function kubeconfigFor(controlPlane: ControlPlane, url: string): Promise<string> {
  const direct = JSON.parse(await readFile(await controlPlane.kubeconfig(OPERATOR_USER), 'utf8')) as object;
  const cluster = { server: url, 'insecure-skip-tls-verify': true };
  const path = join(controlPlane.folder, `proxy-${new URL(url).port}.kubeconfig`);
  await writeFile(path, JSON.stringify({ ...direct, clusters: [{ name: 'test', cluster }] }), {
    mode: 0o600,
  });
  return path;
}
