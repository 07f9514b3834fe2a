import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { reflect } from '../../../src/runtime/namespaced-reflectors.ts';
import { waitFor } from '../../support/wait.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { json, startFakeServer, status, type FakeServer } from '../kube/fake-server.ts';
import { bookmark, stream } from './fake-api.ts';

const THINGS = { group: 'g', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const thing = (namespace: string, name: string, version: number): KubeObject => ({
  metadata: { namespace, name, uid: `${namespace}-${name}`, resourceVersion: String(version) },
});
const list = (version: number, ...items: KubeObject[]) =>
  json(200, { metadata: { resourceVersion: String(version) }, items });

let server: FakeServer;
let transport: Transport;
const stop = new AbortController();
const lists = new Map([
  ['a', list(10, thing('a', 'x', 1))],
  ['b', list(20, thing('b', 'x', 2), thing('b', 'y', 3))],
]);

beforeEach(async () => {
  server = await startFakeServer((response, request) => {
    const [, namespace = ''] = /namespaces\/(\w+)\//.exec(request.path) ?? [];
    const listed = lists.get(namespace) ?? status(403, 'Forbidden');
    const watched = request.query.has('sendInitialEvents') ? status(422, 'Invalid') : stream(bookmark(30));
    (request.query.has('watch') ? watched : listed)(response, request);
  });
  transport = new Transport({ server: server.url });
});
afterEach(async () => {
  stop.abort();
  await transport.close();
  await server.close();
});

describe('a cache of two namespaces', () => {
  it('holds what is in both, asks for no other, and puts answers to own writes where they belong', async () => {
    const logger = pino({ level: 'silent' });
    const cache = reflect<KubeObject>({ transport, logger, resource: THINGS }, ['a', 'b']);
    const told: string[] = [];
    cache.onChange(({ type, object: { metadata } }) =>
      told.push(`${type} ${metadata.namespace ?? ''}/${metadata.name}`),
    );

    const running = cache.run(stop.signal);
    await cache.synced();
    cache.upsert(thing('b', 'x', 25));
    await waitFor('both are watched', () => cache.stats.watches === 2);

    expect(told.toSorted()).toEqual(['Added a/x', 'Added b/x', 'Added b/y', 'Updated b/x']);
    expect(cache.name).toBe('reflector things');
    expect(cache.stats).toMatchObject({ lists: 4, failures: 0 });
    expect(new Set(server.seen.map(({ path }) => path))).toEqual(
      new Set(['/apis/g/v1/namespaces/a/things', '/apis/g/v1/namespaces/b/things']),
    );
    stop.abort();
    await running;
  });
});
