import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, isUnknownOutcome, UnsentError } from '../../../src/kube/api-errors.ts';
import type { Connection } from '../../../src/kube/connection.ts';
import { Transport } from '../../../src/kube/transport.ts';
import type { ApiRequest, RequestReport, TransportOptions } from '../../../src/kube/transport.ts';
import { hangUp, inTurn, json, silence, startFakeServer, status } from './fake-server.ts';
import type { Answer, FakeServer } from './fake-server.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Setup {
  readonly server: FakeServer;
  readonly transport: Transport;
  readonly pauses: number[];
  readonly reports: RequestReport[];
}

async function setUp(
  answer: Answer,
  options: TransportOptions = {},
  connection: Partial<Connection> = {},
): Promise<Setup> {
  const server = await startFakeServer(answer);
  const pauses: number[] = [];
  const reports: RequestReport[] = [];
  const transport = new Transport(
    { server: server.url, ...connection },
    {
      delay: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
      onRequest: (report) => reports.push(report),
      ...options,
    },
  );
  closing.push(
    () => transport.close(),
    () => server.close(),
  );
  return { server, transport, pauses, reports };
}

const GET: ApiRequest = { method: 'GET', path: '/api/v1/things' };
const PATCH: ApiRequest = {
  method: 'PATCH',
  path: '/api/v1/things/a',
  query: { fieldManager: 'me', force: true, dryRun: undefined },
  body: { name: 'größer' },
  contentType: 'application/merge-patch+json',
};
const OK = json(200, { ok: true });

describe('a request that may not be sent for ever', () => {
  it('is not sent any more when it has waited for a connection until it may not, and nothing is in doubt', async () => {
    const held = Promise.withResolvers<undefined>();
    const slow: Answer = (response, request) => void held.promise.then(() => OK(response, request));
    const { server, transport } = await setUp(slow, { connections: 1 });
    let mayBeSent = true;
    const first = transport.request(GET);
    const waiting = transport.request({ ...PATCH, mayBeSent: () => mayBeSent });

    mayBeSent = false;
    held.resolve(undefined);
    const error: unknown = await waiting.catch((reason: unknown) => reason);

    await first;
    expect(error).toBeInstanceOf(UnsentError);
    expect(isUnknownOutcome(error)).toBe(false);
    expect(server.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is sent while it may be', async () => {
    const { server, transport } = await setUp(OK);

    await transport.request({ ...PATCH, mayBeSent: () => true });

    expect(server.seen.map(({ method }) => method)).toEqual(['PATCH']);
  });
});

describe('a request', () => {
  it('carries its query, body, content type, credential and User-Agent', async () => {
    const { server, transport } = await setUp(
      OK,
      { userAgent: 'medevac/1.0' },
      { authorization: () => Promise.resolve('Bearer secret') },
    );

    expect(await transport.request(PATCH)).toEqual({ ok: true });

    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/things/a',
      body: '{"name":"größer"}',
      headers: {
        authorization: 'Bearer secret',
        'user-agent': 'medevac/1.0',
        'content-type': 'application/merge-patch+json',
        accept: 'application/json',
      },
    });
    expect(server.seen[0]?.query.toString()).toBe('fieldManager=me&force=true');
  });

  it('goes below the path prefix of the server', async () => {
    const { server } = await setUp(OK);
    const transport = new Transport({ server: `${server.url}/k8s/clusters/one/` });
    closing.push(() => transport.close());

    await transport.request(GET);

    expect(server.seen[0]?.path).toBe('/k8s/clusters/one/api/v1/things');
  });

  it('has the text whole that came in pieces cut inside a character', async () => {
    const body = Buffer.from(JSON.stringify({ text: 'a𝄞ü' }));
    const { transport } = await setUp((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      sendInPieces(
        response,
        [...body].map((byte) => Buffer.from([byte])),
      );
    });

    expect(await transport.request(GET)).toEqual({ text: 'a𝄞ü' });
  });

  it('is reported with its code and duration, each repeat apart', async () => {
    const { transport, reports } = await setUp(inTurn(hangUp, status(503, 'ServiceUnavailable'), OK));

    await transport.request(GET);

    expect(reports.map(({ method, path, code, watch }) => ({ method, path, code, watch }))).toEqual(
      [0, 503, 200].map((code) => ({ method: 'GET', path: '/api/v1/things', code, watch: false })),
    );
    expect(reports.every((report) => report.milliseconds >= 0)).toBe(true);
  });

  it('fails as a ConnectionError when its answer is not complete by the deadline', async () => {
    const { transport } = await setUp((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"slow":');
    });

    const request = transport.request({ ...GET, timeoutMs: 60 });

    await expect(request).rejects.toThrow(ConnectionError);
    await expect(request).rejects.toThrow(/no complete answer within \d+ ms/);
  });

  it('is never sent when its deadline passes while it waits for a connection', async () => {
    const held = Promise.withResolvers<undefined>();
    const slow: Answer = (response, request) => void held.promise.then(() => OK(response, request));
    const { server, transport } = await setUp(slow, { connections: 1 });
    const holding = transport.request({ ...PATCH, path: '/holding' });
    const waiting = transport.request({ ...PATCH, path: '/waiting', timeoutMs: 50 });

    await expect(waiting).rejects.toThrow(ConnectionError);
    held.resolve(undefined);
    await holding;
    await transport.request({ ...PATCH, path: '/next' });

    expect(server.seen.map((request) => request.path)).toEqual(['/holding', '/next']);
  });

  it('ends with the reason of the signal that aborts it', async () => {
    const { transport } = await setUp(silence);
    const reason = new Error('stopping');

    await expect(transport.request({ ...GET, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const request = transport.request({ ...GET, signal: stop.signal });
    stop.abort(reason);
    await expect(request).rejects.toBe(reason);
  });
});

describe('an error', () => {
  it('carries code, reason, message and details of the Status', async () => {
    const details = { name: 'a', causes: [{ reason: 'FieldValueInvalid', field: 'spec' }] };
    const { transport } = await setUp(
      json(422, { kind: 'Status', reason: 'Invalid', message: 'no', details }),
    );

    const error: unknown = await transport.request(PATCH).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 422, reason: 'Invalid', message: 'no', details });
  });

  it.each([
    [
      'plain text',
      'Too many requests, please try again later.\n',
      'Too many requests, please try again later.',
    ],
    ['nothing', '', 'HTTP 418'],
    ['JSON that is no Status', '{"oops":1}', '{"oops":1}'],
  ])('with %s as its body has a message', async (_, body, message) => {
    const { transport } = await setUp((response) => response.writeHead(418).end(body));

    await expect(transport.request(PATCH)).rejects.toMatchObject({ code: 418, message, reason: undefined });
  });
});

describe('what is repeated', () => {
  it.each<[string, ApiRequest, Answer]>([
    ['a GET whose connection was cut', GET, hangUp],
    ['a GET while the server is starting', GET, status(503, 'ServiceUnavailable')],
    ['a GET that etcd had no time for', GET, status(500, 'InternalError')],
    [
      'a write that was turned away with Retry-After',
      PATCH,
      status(429, 'TooManyRequests', { 'retry-after': '2' }),
    ],
  ])('%s', async (_, request, failure) => {
    const { server, transport, pauses } = await setUp(inTurn(failure, failure, OK));

    expect(await transport.request(request)).toEqual({ ok: true });

    expect(server.seen).toHaveLength(3);
    expect(pauses).toHaveLength(2);
  });

  it('waits at least as long as Retry-After says', async () => {
    const { transport, pauses } = await setUp(
      inTurn(status(429, 'TooManyRequests', { 'retry-after': '3' }), OK),
    );

    await transport.request(PATCH);

    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(3_000);
    expect(pauses[0]).toBeLessThan(4_000);
  });

  it.each<[string, ApiRequest, Answer]>([
    ['a write whose connection was cut: it may have been carried out', PATCH, hangUp],
    ['a write that the server failed at', PATCH, status(500, 'InternalError')],
    ['a write that was turned away for good', PATCH, status(429, 'TooManyRequests')],
    ['a GET of what is not there', GET, status(404, 'NotFound')],
    ['a request whose Retry-After is after its deadline', PATCH, status(429, 'T', { 'retry-after': '31' })],
  ])('is not %s', async (_, request, failure) => {
    const { server, transport, pauses } = await setUp(failure);

    await expect(transport.request(request)).rejects.toThrow();

    expect(server.seen).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  it('is given up after four repeats', async () => {
    const { server, transport } = await setUp(status(503, 'ServiceUnavailable'));

    await expect(transport.request(GET)).rejects.toMatchObject({ code: 503 });

    expect(server.seen).toHaveLength(5);
  });
});

describe('a credential that the server no longer takes', () => {
  function rotating(): Partial<Connection> & { refreshed: number } {
    const connection = {
      refreshed: 0,
      authorization: () => Promise.resolve(`Bearer token-${connection.refreshed}`),
      refresh: () => {
        connection.refreshed += 1;
        return Promise.resolve();
      },
    };
    return connection;
  }
  const onlyRotated: Answer = (response, request) => {
    const answer = request.headers.authorization === 'Bearer token-1' ? OK : status(401, 'Unauthorized');
    answer(response, request);
  };

  it('is read again, and the request repeated, also a write', async () => {
    const { server, transport } = await setUp(onlyRotated, {}, rotating());

    expect(await transport.request(PATCH)).toEqual({ ok: true });

    expect(server.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer token-0',
      'Bearer token-1',
    ]);
  });

  it('is read again once only', async () => {
    const connection = rotating();
    const { server, transport } = await setUp(status(401, 'Unauthorized'), {}, connection);

    await expect(transport.request(PATCH)).rejects.toMatchObject({ code: 401 });

    expect(server.seen).toHaveLength(2);
    expect(connection.refreshed).toBe(1);
  });

  it('is read again for a watch as well', async () => {
    const answer: Answer = (response, request) => {
      if (request.headers.authorization === 'Bearer token-1') {
        response.writeHead(200).end(`${JSON.stringify({ type: 'ADDED', object: 1 })}\n`);
      } else {
        status(401, 'Unauthorized')(response, request);
      }
    };
    const { transport } = await setUp(answer, {}, rotating());
    const options = { signal: new AbortController().signal, idleTimeoutMs: 5_000 };

    expect(await collect(transport.watch(GET, options))).toEqual([{ type: 'ADDED', object: 1 }]);
  });
});

/** One write a turn of the event loop, so that the pieces arrive apart. */
function sendInPieces(response: Parameters<Answer>[0], pieces: readonly Buffer[]): void {
  const [piece, ...rest] = pieces;
  if (piece === undefined) {
    response.end();
    return;
  }
  response.write(piece, () => setImmediate(() => sendInPieces(response, rest)));
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) {
    all.push(event);
  }
  return all;
}
