import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../support/wait.ts';
import { inTurn, json, status } from '../kube/fake-server.ts';
import type { Answer } from '../kube/fake-server.ts';
import {
  bookmark,
  endedStream,
  event,
  FakeApi,
  goneFrame,
  initialEventsEnd,
  listOf,
  stream,
  thing,
} from './fake-api.ts';

let api: FakeApi;

beforeEach(async () => {
  api = await FakeApi.start();
});

afterEach(() => api.close());

describe('the first list', () => {
  it('comes in pages, is of the newest state, and the watch goes on from it', async () => {
    api.list = inTurn(
      json(200, { metadata: { resourceVersion: '50', continue: 'p2' }, items: [thing('x', 1)] }),
      json(200, { metadata: { resourceVersion: '50' }, items: [thing('y', 2)] }),
    );
    const { reflector, told } = api.reflect({
      labelSelector: 'team=a',
      name: 'one',
      fieldSelector: 'spec.nodeName=n1',
    });

    await reflector.synced();
    await waitFor('the watch', () => api.watches.length === 1);

    const selectors = { labelSelector: 'team=a', fieldSelector: 'metadata.name=one,spec.nodeName=n1' };
    expect(api.server.seen[0]?.path).toBe('/apis/g/v1/namespaces/a/things');
    expect(api.queries).toEqual([
      // Without a version: the cache of an API server may be far behind.
      { ...selectors, limit: '500' },
      { ...selectors, limit: '500', continue: 'p2' },
      {
        ...selectors,
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '300',
        resourceVersion: '50',
      },
    ]);
    expect(told).toEqual(['Added x@1', 'Added y@2']);
  });

  it('is read at once when its pages expire on the way', async () => {
    api.list = inTurn(
      json(200, { metadata: { resourceVersion: '50', continue: 'p2' }, items: [thing('x', 1)] }),
      status(410, 'Expired'),
      listOf(60, thing('x', 1), thing('y', 2)),
    );
    const { reflector } = api.reflect();

    await reflector.synced();

    expect(api.lists.at(-1)).toEqual({});
    expect(reflector.store.size).toBe(2);
  });

  it('is the beginning of the watch where the server offers that', async () => {
    api.watchList = stream(
      event('ADDED', thing('x', 1)) + event('ADDED', thing('y', 2)) + bookmark(40),
      event('MODIFIED', thing('x', 41)) + event('DELETED', thing('y', 42)) + bookmark(45, initialEventsEnd),
      event('ADDED', thing('z', 46)),
    );
    const { reflector, told } = api.reflect({ watchList: true });

    await waitFor('z', () => reflector.store.get('a/z'));

    expect(told).toEqual(['Added x@41', 'Added z@46']);
    expect(api.queries).toEqual([
      {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '300',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
      },
    ]);
  });

  it.each<[string, Answer]>([
    ['refuses', status(422, 'Invalid')],
    [
      'fails in the stream',
      stream(event('ERROR', { code: 500, message: 'RequestWatchProgress is disabled' })),
    ],
  ])('comes in pages where the server %s watch-list, also later', async (_, refusal) => {
    api.watchList = refusal;
    api.watch = inTurn(stream(goneFrame), stream());
    const { reflector } = api.reflect({ watchList: true });

    await reflector.synced();
    await waitFor('the second list', () => api.lists.length === 2);

    expect(api.queries.filter((query) => query['sendInitialEvents'] !== undefined)).toHaveLength(1);
  });

  it('comes in pages where the server does not know watch-list and never ends the first part', async () => {
    api.watchList = stream(event('ADDED', thing('x', 1)));
    api.list = listOf(5, thing('x', 1));
    const { clock, reflector } = api.reflect({ watchList: true });
    await waitFor('the wait for the next event', () => api.server.seen.length === 1 && clock.pending === 1);

    await waitFor('the list', async () => {
      await clock.advance(10_000);
      return api.lists.length === 1;
    });
    await reflector.synced();

    expect(reflector.store.size).toBe(1);
  });

  it('is not taken for complete when the stream ends before its end', async () => {
    api.watchList = endedStream(event('ADDED', thing('x', 1)));
    const { reflector, clock } = api.reflect({ watchList: true });
    await waitFor('the pause', () => clock.untilNext === 800);

    expect(reflector.store.size).toBe(0);
    api.watchList = stream(event('ADDED', thing('x', 1)) + bookmark(45, initialEventsEnd));
    await clock.advance(800);
    await reflector.synced();
    expect(reflector.store.size).toBe(1);
  });
});
