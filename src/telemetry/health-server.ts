import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Answers /healthz as long as the event loop turns, and /readyz once the caches are filled and the webhooks listen. */
export class HealthServer {
  readonly #server: Server;

  constructor(ready: () => boolean) {
    this.#server = createServer((request, response) => {
      const ok = request.url === '/healthz' || (request.url === '/readyz' && ready());
      response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' }).end(ok ? 'ok\n' : 'not ready\n');
    });
  }

  /** @param host without it: all addresses. @throws where the port is taken */
  async listen(port: number, host?: string): Promise<void> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
