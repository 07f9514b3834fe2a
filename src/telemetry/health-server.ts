import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** Not imported: an import reads all that the module exports, WebSocket too, for which Node loads its whole fetch: 12 MB. */
const { createServer } = process.getBuiltinModule('node:http');

export interface HealthServerOptions {
  readonly ready: () => boolean;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly logger: Logger;
}

/**
 * Answers /healthz as long as the event loop turns, /readyz once the caches are filled and the webhooks listen, and
 * /metrics with what Prometheus asks for.
 */
export class HealthServer {
  readonly #options: HealthServerOptions;
  readonly #server: Server;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request.url, response));
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

  async #answer(url: string | undefined, response: ServerResponse): Promise<void> {
    if (url === '/metrics') {
      await this.#answerWithMetrics(response);
      return;
    }
    const ok = url === '/healthz' || (url === '/readyz' && this.#options.ready());
    response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' }).end(ok ? 'ok\n' : 'not ready\n');
  }

  async #answerWithMetrics(response: ServerResponse): Promise<void> {
    const { metrics, logger } = this.#options;
    try {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    } catch (error) {
      logger.error({ err: error }, 'metrics could not be read');
      response.writeHead(500).end();
    }
  }
}
