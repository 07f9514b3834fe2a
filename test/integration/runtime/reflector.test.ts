import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import type { RequestReport } from '../../../src/kube/transport.ts';
import { ListWatch } from '../../../src/runtime/list-watch.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import type { ReflectorOptions } from '../../../src/runtime/reflector.ts';
import type { Change } from '../../../src/runtime/store.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { waitFor } from '../../support/wait.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Record<string, string>;
}

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const LISTING = [
  { how: 'by watch-list', watchList: true },
  { how: 'by a list in pages', watchList: false },
];

let plane: ControlPlane;
let admin: Transport;
let configMaps: ResourceClient<ConfigMap>;
let namespace: string;
let namespaces = 0;
let stop: AbortController;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  plane = await startControlPlane();
}, 60_000);

afterAll(() => plane.stop());

beforeEach(async () => {
  stop = new AbortController();
  admin = newTransport();
  configMaps = new ResourceClient(admin, CONFIG_MAPS);
  namespaces += 1;
  namespace = `reflector-${namespaces}`;
  await new ResourceClient(admin, NAMESPACES).create({ metadata: { name: namespace } });
});

afterEach(async () => {
  stop.abort();
  await Promise.all(closing.splice(0).map((close) => close()));
});

function newTransport(server = plane.url, onRequest?: (report: RequestReport) => void): Transport {
  const transport = new Transport({ ...plane.connection(), server }, onRequest && { onRequest });
  closing.push(() => transport.close());
  return transport;
}

interface Watched {
  readonly reflector: Reflector<ConfigMap>;
  readonly changes: Change<ConfigMap>[];
  readonly names: () => string[];
}

function watch(options: Partial<ReflectorOptions<ConfigMap>> = {}): Watched {
  const changes: Change<ConfigMap>[] = [];
  const reflector = new Reflector<ConfigMap>({
    transport: admin,
    resource: CONFIG_MAPS,
    namespace,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  reflector.onChange((change) => changes.push(change));
  reflector.start(stop.signal);
  const names = (): string[] => reflector.store.list().map((object) => object.metadata.name);
  return { reflector, changes, names: () => names().sort() };
}

async function create(name: string, data: Record<string, string> = {}): Promise<ConfigMap> {
  return configMaps.create({ metadata: { name, namespace }, data } as ConfigMap);
}

function key(name: string): { namespace: string; name: string } {
  return { namespace, name };
}

describe.each(LISTING)('a reflector that starts $how', ({ watchList }) => {
  it('has all of 1,200 objects, without managedFields, and follows their changes', async () => {
    const requests: RequestReport[] = [];
    const wanted = Array.from({ length: 1200 }, (_, index) => `c${String(index).padStart(4, '0')}`);
    for (let start = 0; start < wanted.length; start += 100) {
      await Promise.all(wanted.slice(start, start + 100).map((name) => create(name, { text: 'größer 𝄞' })));
    }
    const transport = newTransport(plane.url, (report) => requests.push(report));

    const { reflector, changes, names } = watch({ transport, watchList });
    await reflector.synced();
    await waitFor('the watch', () => reflector.stats.watches === 1 && requests.at(-1)?.watch);

    expect(names()).toEqual(wanted);
    expect(changes.map((change) => change.type)).toEqual(wanted.map(() => 'Added'));
    const first = reflector.store.get(`${namespace}/c0000`);
    expect(first).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { text: 'größer 𝄞' } });
    expect(first?.metadata).not.toHaveProperty('managedFields');
    // Three pages of 500 at most.
    const pages = [false, false, false];
    expect(requests.map((report) => report.watch)).toEqual(watchList ? [true] : [...pages, true]);

    await configMaps.mergePatch(key('c0000'), { data: { text: 'new' } });
    await configMaps.delete(key('c0001'));
    await waitFor('both changes', () => changes.length === 1202);
    expect(changes.slice(-2).map((change) => [change.type, change.object.metadata.name])).toEqual([
      ['Updated', 'c0000'],
      ['Deleted', 'c0001'],
    ]);
  }, 60_000);

  it('finds after a compaction what was deleted, made again and added while it could not watch', async () => {
    const proxy = await startFaultProxy(plane.url);
    closing.push(() => proxy.close());
    const [kept] = await Promise.all([create('kept'), create('deleted'), create('made-again')]);
    const transport = newTransport(`https://127.0.0.1:${proxy.port}`);
    const { reflector, changes, names } = watch({ transport, watchList });
    await reflector.synced();
    await waitFor('the watch', () => reflector.stats.watches === 1);
    changes.length = 0;

    proxy.refusing = true;
    proxy.cut();
    await configMaps.delete(key('deleted'));
    await configMaps.delete(key('made-again'));
    const again = await create('made-again');
    await create('added');
    await plane.compact();
    await plane.restartApiServer();
    proxy.refusing = false;

    await waitFor('the new list', () => names().join() === 'added,kept,made-again', { timeoutMs: 30_000 });
    expect(reflector.stats.lists).toBeGreaterThan(1);
    expect(reflector.store.get(`${namespace}/made-again`)?.metadata.uid).toBe(again.metadata.uid);
    expect(reflector.store.get(`${namespace}/kept`)?.metadata.uid).toBe(kept.metadata.uid);
    const seen = changes.map((change) => `${change.type} ${change.object.metadata.name}`);
    expect(seen.sort()).toEqual(['Added added', 'Added made-again', 'Deleted deleted', 'Deleted made-again']);
  }, 60_000);
});

describe('a list of the newest state', () => {
  it('of 1,200 objects comes in three pages', async () => {
    const requests: RequestReport[] = [];
    for (let start = 0; start < 1200; start += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => create(`c${start + index}`)));
    }
    const transport = newTransport(plane.url, (report) => requests.push(report));

    const list = await new ListWatch({ transport, resource: CONFIG_MAPS, namespace }).list(
      stop.signal,
      (raw) => raw,
    );

    expect(new Set(list.items.map((item) => item.metadata.name)).size).toBe(1200);
    expect(requests).toHaveLength(3);
  }, 30_000);
});

describe('a reflector whose API server', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'ends by %s and comes back goes on without a new list',
    async (signal) => {
      await create('before');
      const { reflector, changes } = watch();
      await reflector.synced();
      await waitFor('the watch', () => reflector.stats.watches === 1);

      await plane.restartApiServer(signal);
      await create('after');

      await waitFor('the new object', () => reflector.store.get(`${namespace}/after`), { timeoutMs: 30_000 });
      expect(changes.map((change) => change.type)).toEqual(['Added', 'Added']);
    },
    60_000,
  );

  it('vanishes without a word is noticed, and nothing is missed', async () => {
    const proxy = await startFaultProxy(plane.url);
    closing.push(() => proxy.close());
    const transport = newTransport(`https://127.0.0.1:${proxy.port}`);
    const { reflector, changes } = watch({ transport, idleTimeoutMs: 2_000 });
    await reflector.synced();
    await waitFor('the watch', () => reflector.stats.watches === 1);
    const listed = reflector.stats.lists;

    proxy.halfOpen();
    await create('meanwhile');

    await waitFor('the object', () => reflector.store.get(`${namespace}/meanwhile`), { timeoutMs: 20_000 });
    expect(reflector.stats.lists).toBe(listed);
    expect(changes.map((change) => change.type)).toEqual(['Added']);
  }, 30_000);

  it('resets the connection is asked again from the last version seen', async () => {
    const proxy = await startFaultProxy(plane.url);
    closing.push(() => proxy.close());
    const transport = newTransport(`https://127.0.0.1:${proxy.port}`);
    const { reflector, changes } = watch({ transport });
    await create('first');
    await waitFor('the first', () => changes.length === 1);

    proxy.cut();
    await create('second');

    await waitFor('the second', () => changes.length === 2);
    expect(changes.map((change) => change.object.metadata.name)).toEqual(['first', 'second']);
    expect(reflector.stats.lists).toBe(1);
  }, 30_000);
});

describe('the store of a reflector', () => {
  it('tells of an own write once, whether the response or the event comes first', async () => {
    const { reflector, changes } = watch();
    await reflector.synced();

    for (let round = 0; round < 20; round += 1) {
      reflector.store.upsert(await create(`own-${round}`));
    }
    await configMaps.delete(key('own-19'));

    await waitFor('the deletion', () => changes.some((change) => change.type === 'Deleted'));
    expect(changes.filter((change) => change.type === 'Added')).toHaveLength(20);
    expect(changes).toHaveLength(21);
  });

  it('holds what a selector selects, and lets go of what it no longer does', async () => {
    const { reflector, names } = watch({ labelSelector: 'team=a' });
    await reflector.synced();

    const labels = { team: 'a' };
    await configMaps.create({ metadata: { name: 'mine', namespace, labels } });
    await configMaps.create({ metadata: { name: 'theirs', namespace, labels: { team: 'b' } } });
    await waitFor('mine', () => names().join() === 'mine');
    await configMaps.mergePatch(key('mine'), { metadata: { labels: { team: 'b' } } });

    await waitFor('nothing', () => names().length === 0);
    expect(names()).toEqual([]);
  });
});
