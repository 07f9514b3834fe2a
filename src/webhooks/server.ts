import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expiryOf, type KeyPair } from './certificates/certificates.ts';

export interface WebhookServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. Default: all. */
  readonly host?: string | undefined;
  readonly listener: RequestListener;
  /** Milliseconds that a handshake, and a request, may take to arrive. Default 5 000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds for which connections are given back one by one before the rest is closed. Default 500. */
  readonly farewellMs?: number;
}

/** The API server waits 5 s for an answer; what takes longer to arrive than that is of no use to anybody. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Longer than the API server keeps an idle connection (90 s), so that it is never us who close one that is just taken. */
const KEEP_ALIVE_MS = 120_000;
/**
 * A review that comes on a connection just as it is closed fails, since Go sends no POST twice. So those that are in use are
 * told with an answer that it is their last; what nobody has used for so long is hardly used the moment that it is closed.
 */
const FAREWELL_MS = 500;
/** How long answers that are under way may take when the server ends. */
const DRAIN_MS = 5_000;

/** The HTTPS server of the webhooks. It listens as soon as it has a certificate, and takes a new one while it runs. */
export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #listening = Promise.withResolvers<number>();
  readonly #certified = Promise.withResolvers<undefined>();
  #certificate: KeyPair = { cert: '', key: '' };
  #server: Server | undefined;
  #leaving = false;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
    // It is for those who ask; run() throws the same.
    this.#listening.promise.catch(() => undefined);
  }

  /** Resolves with the port. */
  get listening(): Promise<number> {
    return this.#listening.promise;
  }

  get ready(): boolean {
    return this.#server?.listening === true;
  }

  /** When the certificate expires, in milliseconds since 1970; absent before there is one. */
  get certificateExpiry(): number | undefined {
    const { cert } = this.#certificate;
    return cert === '' ? undefined : expiryOf(cert);
  }

  /** Takes a certificate: connections made from now on see it, those that are open keep theirs. */
  use(certificate: KeyPair): void {
    this.#certificate = certificate;
    this.#certified.resolve(undefined);
    this.#server?.setSecureContext(tls(certificate));
  }

  /** Serves until the signal is aborted, then takes leave of those who call and ends what is under way. @throws when the port can't be had */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = Promise.withResolvers<undefined>();
    signal.addEventListener('abort', () => stopped.resolve(undefined), { once: true });
    if (signal.aborted) stopped.resolve(undefined);
    await Promise.race([this.#certified.promise, stopped.promise]);
    if (signal.aborted) return;
    const server = this.#create();
    await this.#listen(server);
    await stopped.promise;
    this.#leaving = true;
    await delay(this.#options.farewellMs ?? FAREWELL_MS);
    await close(server);
  }

  #create(): Server {
    const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = this.#options;
    const server = createServer(
      {
        ...tls(this.#certificate),
        handshakeTimeout: requestTimeoutMs,
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: requestTimeoutMs / 5,
      },
      (request, response) => {
        // A connection that stays open after its last answer would hold up the end.
        if (this.#leaving) response.setHeader('connection', 'close');
        response.once('finish', () => {
          if (!server.listening) request.socket.end();
        });
        this.#options.listener(request, response);
      },
    );
    this.#server = server;
    return server;
  }

  async #listen(server: Server): Promise<void> {
    const { port, host } = this.#options;
    try {
      await once(server.listen({ port, host }), 'listening');
    } catch (error) {
      this.#listening.reject(error);
      throw error;
    }
    this.#listening.resolve((server.address() as AddressInfo).port);
  }
}

async function close(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(late);
}

/** Every API server that this can be installed for speaks 1.3, and nobody else calls. */
function tls({ cert, key }: KeyPair) {
  return { cert, key, minVersion: 'TLSv1.3' } as const;
}
