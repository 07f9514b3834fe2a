import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { endpoint } from '../../../src/webhooks/endpoint.ts';
import type { KeyPair } from '../../../src/webhooks/certificates/certificates.ts';
import { WebhookServer, type WebhookServerOptions } from '../../../src/webhooks/server.ts';
import { createCertificateAuthority } from '../../control-plane/certificates.ts';
import { waitFor } from '../../support/wait.ts';

const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'uid-1',
    resource: { group: 'a', version: 'v1', resource: 'bs' },
    operation: 'CREATE',
  },
});

let ca: string;
let pairs: [KeyPair, KeyPair];
beforeAll(async () => {
  const authority = await createCertificateAuthority('test');
  const issue = (commonName: string) =>
    authority.issue({ commonName, hosts: ['127.0.0.1'], usage: 'serverAuth' });
  ca = authority.cert;
  pairs = [await issue('first'), await issue('second')];
});

let server: WebhookServer;
let stopping: AbortController;
let ended: Promise<void>;
let agent: Agent;

function start(options: Partial<WebhookServerOptions> = {}): void {
  stopping = new AbortController();
  const listener = endpoint({
    judges: new Map([['/judge', () => ({ kind: 'Admitted', warnings: [] })]]),
    logger: pino({ level: 'silent' }),
  });
  server = new WebhookServer({ port: 0, host: '127.0.0.1', listener, ...options });
  ended = server.run(stopping.signal);
}

async function startCertified(options: Partial<WebhookServerOptions> = {}): Promise<void> {
  start(options);
  server.use(pairs[0]);
  await server.listening;
}

beforeEach(() => {
  agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
});
afterEach(async () => {
  agent.destroy();
  stopping.abort();
  await ended.catch(() => undefined);
});

async function open(path = '/judge', method = 'POST') {
  const port = await server.listening;
  return request({ host: '127.0.0.1', port, path, method, agent });
}

async function send(body: string, path?: string, method?: string): Promise<{ status: number; body: string }> {
  const sent = (await open(path, method)).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Resolves when the server has the beginning of a request: it asks for the rest then. */
async function taken(request: ClientRequest): Promise<void> {
  await once(request, 'continue');
}

async function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: await server.listening, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function commonName(): Promise<unknown> {
  const socket = await handshake();
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

describe('the server', () => {
  it('listens as soon as it has a certificate', async () => {
    start();
    expect(server.ready).toBe(false);
    server.use(pairs[0]);
    await server.listening;
    expect(server.ready).toBe(true);
    expect(await send(REVIEW)).toMatchObject({ status: 200, body: expect.stringContaining('"uid":"uid-1"') });
  });

  it('leaves it to the API server, which gives up an idle connection after 90 s, to close one', async () => {
    await startCertified();
    const [{ headers }] = (await once((await open()).end(REVIEW), 'response')) as [IncomingMessage];
    expect(headers['keep-alive']).toBe('timeout=120');
  });

  it('ends without ever having had a certificate', async () => {
    start();
    stopping.abort();
    await expect(ended).resolves.toBeUndefined();
  });

  it('fails where its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    start({ port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
    server.use(pairs[0]);
    await expect(ended).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(server.listening).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
  });

  it.each([
    { name: 'another path', path: '/other', method: 'POST', want: 404 },
    { name: 'a path of every object', path: '/__proto__', method: 'POST', want: 404 },
    { name: 'another method', path: '/judge', method: 'GET', want: 405 },
    { name: 'a path with a query', path: '/judge?timeout=5s', method: 'POST', want: 200 },
  ])('answers $name with $want', async ({ path, method, want }) => {
    await startCertified();
    expect((await send(method === 'GET' ? '' : REVIEW, path, method)).status).toBe(want);
  });
});

describe('a body', () => {
  it('may be as large as two objects in etcd', async () => {
    await startCertified();
    expect((await send(REVIEW.padEnd(3 * 1024 * 1024))).status).toBe(200);
  });

  it('is refused when it is larger, and the next request is answered', async () => {
    await startCertified();
    expect(await send(REVIEW.padEnd(4 * 1024 * 1024))).toEqual({
      status: 413,
      body: expect.stringMatching(/^The body is larger than \d+ bytes\n$/),
    });
    expect((await send(REVIEW)).status).toBe(200);
  });

  it('that does not come in time ends the connection', async () => {
    await startCertified({ requestTimeoutMs: 200 });
    const slow = await open();
    slow.setHeader('content-length', 100).write('{');
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(408);
    slow.destroy();
  });

  it('that is cut off hurts nobody', async () => {
    await startCertified();
    const cut = await open();
    cut.setHeader('expect', '100-continue').setHeader('content-length', 100).write('{');
    await taken(cut);
    cut.on('error', () => undefined).destroy();
    expect((await send(REVIEW)).status).toBe(200);
  });
});

describe('many at once', () => {
  const CLIENTS = 1_000;
  /** Milliseconds. */
  const LONGEST = 60_000;

  it(
    `${CLIENTS} connections are all answered, however many are silent`,
    async () => {
      // Handshakes are work for both ends, and both are here.
      await startCertified({ requestTimeoutMs: LONGEST });
      agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, maxFreeSockets: CLIENTS, ca });
      const silent = await Promise.all(Array.from({ length: CLIENTS / 10 }, () => handshake()));
      const before = process.memoryUsage().rss;
      const answers = await Promise.all(Array.from({ length: CLIENTS }, () => send(REVIEW)));
      for (const socket of silent) socket.destroy();
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(Object.values(agent.freeSockets).flat()).toHaveLength(CLIENTS);
      // Both ends of 1,000 connections; a server that kept bodies or answers would need more.
      expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
    },
    LONGEST,
  );

  it('one whose headers never end is given up', async () => {
    await startCertified({ requestTimeoutMs: 200 });
    const socket = await handshake();
    socket.write('POST /judge HTTP/1.1\r\nhost: a\r\nx-slow: ');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a new certificate', () => {
  it('is shown to new connections; those that are open go on', async () => {
    await startCertified();
    expect((await send(REVIEW)).status).toBe(200);
    const [socket] = Object.values(agent.freeSockets).flat();
    expect(await commonName()).toBe('first');

    server.use(pairs[1]);
    expect(await commonName()).toBe('second');
    expect((await send(REVIEW)).status).toBe(200);
    expect(Object.values(agent.freeSockets).flat()).toEqual([socket]);
  });

  it('counts also when it came before the server started', async () => {
    start();
    server.use(pairs[0]);
    server.use(pairs[1]);
    expect(await commonName()).toBe('second');
  });

  it('does not let old TLS in again', async () => {
    await startCertified();
    server.use(pairs[1]);
    const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
    await expect(handshake(old)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    const socket = await handshake();
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });
});

describe('the end', () => {
  it('does not wait for idle connections', async () => {
    await startCertified();
    await send(REVIEW);
    stopping.abort();
    await expect(ended).resolves.toBeUndefined();
    expect(server.ready).toBe(false);
  });

  it('answers who calls on an open connection once more, and says that it was the last time', async () => {
    await startCertified();
    await send(REVIEW);
    stopping.abort();
    const [response] = (await once((await open()).end(REVIEW), 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    await text(response);
    await expect(ended).resolves.toBeUndefined();
  });

  it('lets a request that is under way be answered, and waits no longer', async () => {
    await startCertified();
    const slow = await open();
    slow.setHeader('expect', '100-continue').setHeader('content-length', REVIEW.length);
    slow.write(REVIEW.slice(0, 10));
    await taken(slow);
    stopping.abort();
    await waitFor('the server takes no more connections', () => !server.ready);
    slow.end(REVIEW.slice(10));
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    await expect(ended).resolves.toBeUndefined();
  });
});
