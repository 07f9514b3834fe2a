import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Answers /healthz as long as the event loop turns, and /readyz once the caches are filled and the webhooks listen. */
export class HealthServer {
  readonly #server: Server;
  readonly #port: number;

  constructor(port: number, ready: () => boolean) {
    this.#port = port;
    this.#server = createServer((request, response) => {
      const ok = request.url === '/healthz' || (request.url === '/readyz' && ready());
      response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' }).end(ok ? 'ok\n' : 'not ready\n');
    });
  }

  /** @throws where the port is taken */
  async listen(): Promise<void> {
    this.#server.listen(this.#port);
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
