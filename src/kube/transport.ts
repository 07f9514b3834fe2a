import { setTimeout as delay } from 'node:timers/promises';
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Dispatcher } from 'undici';
import { ApiError } from './api-errors.ts';
import type { Connection, Impersonation } from './connection.ts';
import { connectorFor, tlsFingerprint } from './connector.ts';
import { exchange, toApiError } from './exchange.ts';
import type { ExchangeLimits, RawResponse } from './exchange.ts';
import { pauseBeforeRepeat } from './retry-policy.ts';
import { WatchStream } from './watch-stream.ts';
import type { WatchEvent } from './watch-stream.ts';

export type { WatchEvent } from './watch-stream.ts';

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path without the server's prefix and without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Milliseconds for the whole request, repeats included. Default: the transport's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Asked in the moment in which it is written to the connection, after all that it has waited for; a process may be stopped
   * anywhere before. False: it is not sent, and fails with UnsentError.
   */
  readonly mayBeSent?: () => boolean;
}

/** One request as it was sent and answered; repeats are reported one by one. */
export interface RequestReport {
  readonly method: string;
  readonly path: string;
  readonly watch: boolean;
  /** HTTP status code, 0 when there was no answer. */
  readonly code: number;
  /** Until the answer was complete; for a watch until its headers came. */
  readonly milliseconds: number;
}

export interface TransportOptions {
  /** Value of the User-Agent header. Default `medevac`. */
  readonly userAgent?: string;
  /** Connections for requests; each watch has one more of its own. Default 12. */
  readonly connections?: number;
  /** Default deadline of a request in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** Called after each request that was sent, also for failed ones; must not throw. */
  readonly onRequest?: (report: RequestReport) => void;
  /** Called with each warning that the API server, or an admission webhook through it, gives with an answer. */
  readonly onWarning?: (text: string) => void;
  /** Waits before a repeat; injected by tests. */
  readonly delay?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface WatchOptions {
  /** Ends the iteration quietly. */
  readonly signal: AbortSignal;
  /** The watch fails with a ConnectionError when no byte came for so many milliseconds. */
  readonly idleTimeoutMs: number;
}

/** The API server keeps idle connections longer than this, so it is we who close them. */
const KEEP_ALIVE_MS = 60_000;

/**
 * The one way to the API server: a pool of connections for requests, and for each watch a connection of its own, so that
 * events don't wait behind a burst of writes.
 */
export class Transport {
  readonly #connection: Connection;
  readonly #options: TransportOptions;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #connect: ReturnType<typeof connectorFor>;
  readonly #watches = new Set<Client>();
  #pool: Pool;

  constructor(connection: Connection, options: TransportOptions = {}) {
    const server = new URL(connection.server);
    this.#connection = connection;
    this.#options = options;
    this.#origin = server.origin;
    this.#prefix = server.pathname.replace(/\/+$/, '');
    this.#connect = connectorFor(connection);
    this.#pool = this.#newPool();
  }

  /** @throws ApiError when the server answered with an error, ConnectionError when it did not answer */
  async request<T>(request: ApiRequest): Promise<T> {
    const deadline = performance.now() + (request.timeoutMs ?? this.#options.timeoutMs ?? 30_000);
    for (let repeats = 0; ; repeats += 1) {
      try {
        const response = await this.#sendWithFreshCredential(request, deadline);
        return (response.body === '' ? undefined : JSON.parse(response.body)) as T;
      } catch (error) {
        const pause = pauseBeforeRepeat(error, request.method, repeats, Math.random());
        if (
          pause === undefined ||
          performance.now() + pause >= deadline ||
          request.signal?.aborted === true
        ) {
          throw error;
        }
        await this.#pause(pause, request.signal);
      }
    }
  }

  /** Iterates until the server or the signal ends the watch. @throws ApiError, ConnectionError */
  async *watch(request: ApiRequest, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    const client = new Client(this.#origin, { connect: this.#connect, bodyTimeout: 0, headersTimeout: 0 });
    this.#watches.add(client);
    try {
      yield* this.#watchOnce(client, request, options);
    } catch (error) {
      if (!isUnauthorized(error)) {
        throw error;
      }
      await this.#refreshCredential();
      yield* this.#watchOnce(client, request, options);
    } finally {
      this.#watches.delete(client);
      await client.destroy();
    }
  }

  /** Ends all connections; running requests and watches fail. */
  async close(): Promise<void> {
    await Promise.all([this.#pool, ...this.#watches].map((dispatcher) => dispatcher.destroy()));
  }

  async #sendWithFreshCredential(request: ApiRequest, deadline: number): Promise<RawResponse> {
    try {
      return await this.#send(request, deadline);
    } catch (error) {
      if (!isUnauthorized(error)) {
        throw error;
      }
      await this.#refreshCredential();
      return await this.#send(request, deadline);
    }
  }

  async #send(request: ApiRequest, deadline: number): Promise<RawResponse> {
    const options = await this.#dispatchOptions(request);
    const start = performance.now();
    const { signal, mayBeSent } = request;
    const limits: ExchangeLimits = { timeoutMs: Math.max(deadline - start, 1), signal, mayBeSent };
    let code = 0;
    try {
      const response = await exchange(this.#pool, options, limits);
      code = response.code;
      warningsOf(response.headers.warning).forEach((text) => this.#options.onWarning?.(text));
      if (code >= 400) {
        throw toApiError(response);
      }
      return response;
    } finally {
      this.#report(request, { watch: false, code, milliseconds: performance.now() - start });
    }
  }

  async *#watchOnce(
    client: Client,
    request: ApiRequest,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent, void> {
    const dispatchOptions = await this.#dispatchOptions(request);
    const start = performance.now();
    const stream = new WatchStream(options.idleTimeoutMs, (code) => {
      this.#report(request, { watch: true, code, milliseconds: performance.now() - start });
    });
    const stop = (): void => {
      stream.stop();
    };
    options.signal.addEventListener('abort', stop, { once: true });
    try {
      if (!options.signal.aborted) {
        client.dispatch(dispatchOptions, stream);
        yield* stream.events(options.signal);
      }
    } finally {
      options.signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async #dispatchOptions(request: ApiRequest): Promise<Dispatcher.DispatchOptions> {
    const authorization = await this.#connection.authorization?.();
    const hasBody = request.body !== undefined;
    return {
      method: request.method,
      path: this.#prefix + request.path + queryString(request.query),
      headers: {
        accept: 'application/json',
        'user-agent': this.#options.userAgent ?? 'medevac',
        ...(authorization !== undefined && { authorization }),
        ...impersonationHeaders(this.#connection.impersonate),
        ...(hasBody && { 'content-type': request.contentType ?? 'application/json' }),
      },
      ...(hasBody && { body: JSON.stringify(request.body) }),
    };
  }

  async #refreshCredential(): Promise<void> {
    const before = tlsFingerprint(this.#connection);
    await this.#connection.refresh?.();
    if (tlsFingerprint(this.#connection) !== before) {
      // Open connections speak with the old certificate for as long as they live.
      const old = this.#pool;
      this.#pool = this.#newPool();
      void old.close();
    }
  }

  #newPool(): Pool {
    return new Pool(this.#origin, {
      connect: this.#connect,
      connections: this.#options.connections ?? 12,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The deadline of each request is kept in exchange.ts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await (this.#options.delay ?? sleep)(ms, signal);
  }

  #report(request: ApiRequest, rest: Omit<RequestReport, 'method' | 'path'>): void {
    this.#options.onRequest?.({ method: request.method, path: request.path, ...rest });
  }
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}

function impersonationHeaders(as: Impersonation | undefined): Record<string, string | string[]> {
  if (as === undefined) return {};
  return {
    'impersonate-user': as.user,
    ...(as.uid !== undefined && { 'impersonate-uid': as.uid }),
    ...(as.groups.length > 0 && { 'impersonate-group': [...as.groups] }),
  };
}

/** Each is `299 - "text"`, several with commas between. */
function warningsOf(header: string | string[] | undefined): string[] {
  const headers = header === undefined ? [] : [header].flat();
  return headers
    .flatMap((value) => [...value.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)])
    .map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.code === 401;
}

function queryString(query: ApiRequest['query']): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) {
      parts.set(name, String(value));
    }
  }
  return parts.size === 0 ? '' : `?${parts.toString()}`;
}
