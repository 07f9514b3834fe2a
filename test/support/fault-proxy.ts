import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A TCP proxy on loopback that fails in the ways a network does. It sees bytes only, so TLS goes through untouched. */
export class FaultProxy {
  /** Connections accepted so far. */
  accepted = 0;
  /** While true, new connections are reset at once. */
  refusing = false;
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };

  /** Use `startFaultProxy`. */
  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => {
      this.#accept(client);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  /**
   * What a lost NAT entry does: connections that are open now carry nothing any more, in either direction, and neither
   * side is told. New ones work.
   */
  halfOpen(): void {
    for (const { client, server } of this.#pairs) {
      client.unpipe(server);
      server.unpipe(client);
      client.pause();
      server.pause();
    }
  }

  /** What is asked over connections that are open now is carried out; instead of an answer they are reset. */
  loseAnswers(): void {
    for (const { client, server } of this.#pairs) {
      server.unpipe(client);
      server.once('data', () => {
        client.resetAndDestroy();
        server.resetAndDestroy();
      });
      server.resume();
    }
  }

  /** Resets all connections that are open now. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.refusing) {
      client.resetAndDestroy();
      return;
    }
    this.accepted += 1;
    const server = connect(this.#target.port, this.#target.host);
    const pair = { client, server };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.pipe(server);
    server.pipe(client);
  }
}

/** A proxy in front of the host and port of `url`; close() ends it. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(url);
  const proxy = new FaultProxy({ host: hostname, port: Number(port) });
  await proxy.listen();
  return proxy;
}
