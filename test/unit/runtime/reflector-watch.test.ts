import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { pino } from 'pino';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import { Store } from '../../../src/runtime/store.ts';
import type { Unreadable } from '../../../src/runtime/unreadable.ts';
import { waitFor } from '../../support/wait.ts';
import { inTurn, status } from '../kube/fake-server.ts';
import type { Answer } from '../kube/fake-server.ts';
import { bookmark, endedStream, event, FakeApi, goneFrame, listOf, stream, thing } from './fake-api.ts';

let api: FakeApi;

beforeEach(async () => {
  api = await FakeApi.start();
});

afterEach(() => api.close());

describe('a watch that has ended', () => {
  it('goes on from the last version seen, which bookmarks move', async () => {
    api.watch = inTurn(
      endedStream(event('ADDED', thing('x', 101)), bookmark(150)),
      endedStream(event('MODIFIED', thing('x', 160))),
      stream(),
    );
    api.reflect();

    await waitFor('the third', () => api.watches.length === 3);

    expect(api.watches.map((query) => query['resourceVersion'])).toEqual(['100', '150', '160']);
    expect(api.lists).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['in the stream', stream(goneFrame)],
    ['as the answer', status(410, 'Expired')],
  ])('because its version is gone (%s) is followed by a new list of the newest state', async (_, expired) => {
    api.list = inTurn(
      listOf(100, thing('kept', 1), thing('deleted', 2), thing('again', 3)),
      listOf(200, thing('kept', 1), thing('again', 190, 'u2'), thing('added', 191)),
    );
    api.watch = inTurn(expired, stream());
    const { reflector, told } = api.reflect();

    await waitFor('the second watch', () => api.watches.length === 2);

    expect(api.lists).toEqual([{ limit: '500' }, { limit: '500' }]);
    expect(api.watches[1]?.['resourceVersion']).toBe('200');
    expect(told.slice(3).sort()).toEqual([
      'Added added@191',
      'Added again@190',
      'Deleted again@3',
      'Deleted deleted@2',
    ]);
    expect(reflector.store.get('a/again')?.metadata.uid).toBe('u2');
  });

  it('is repeated with growing pauses while the server refuses it, and the cache stays', async () => {
    api.list = listOf(100, thing('x', 1));
    api.watch = status(403, 'Forbidden');
    const { clock, reflector, logged } = api.reflect();
    const pauses: (number | undefined)[] = [];

    for (let failures = 1; failures <= 8; failures += 1) {
      await waitFor('the pause', () => logged.length === failures && clock.untilNext !== undefined);
      pauses.push(clock.untilNext);
      await clock.advance(clock.untilNext ?? 0);
    }

    expect(pauses).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect(logged.every((line) => line.level === 40)).toBe(true);
    expect(reflector.store.size).toBe(1);
    expect(api.lists).toHaveLength(1);
  });

  it('at once without a word counts as a failure', async () => {
    api.watch = endedStream();
    const { clock } = api.reflect();

    await waitFor('the pause', () => clock.untilNext === 800);

    expect(api.watches).toHaveLength(1);
  });

  it('in silence twice is not trusted: the server may have been restored from a backup', async () => {
    api.list = inTurn(listOf(100, thing('x', 90), thing('y', 95)), listOf(50, thing('x', 40)));
    api.watch = inTurn(endedStream(), endedStream(), stream(event('MODIFIED', thing('x', 60))));
    const { clock, reflector } = api.reflect();
    await waitFor('the first pause', () => clock.untilNext === 800);
    await clock.advance(800);
    await waitFor('the second pause', () => clock.untilNext === 1_600);
    await clock.advance(1_600);

    await waitFor('the event', () => reflector.store.get('a/x')?.metadata.resourceVersion === '60');

    expect(reflector.store.get('a/y')).toBeUndefined();
    expect(api.watches.map((query) => query['resourceVersion'])).toEqual(['100', '100', '50']);
  });
});

describe('what is kept', () => {
  it('has its kind and no managedFields, from the list as from the watch', async () => {
    const managed = (name: string, version: number): KubeObject => {
      const object = thing(name, version);
      return {
        metadata: { ...object.metadata, managedFields: [{ manager: 'kubectl' }] } as KubeObject['metadata'],
      };
    };
    api.list = listOf(100, managed('x', 1));
    api.watch = stream(event('ADDED', managed('y', 101)));
    const { reflector } = api.reflect();

    await waitFor('y', () => reflector.store.get('a/y'));

    const typed = { apiVersion: 'g/v1', kind: 'Thing' };
    expect(reflector.store.list()).toEqual([
      { ...typed, ...thing('x', 1) },
      { ...typed, ...thing('y', 101) },
    ]);
  });

  it('is what the parser makes of it; what it refuses is skipped, and said once for each version', async () => {
    const broken = (version: number): KubeObject => ({ ...thing('broken', version), kind: 'Broken' });
    api.list = inTurn(listOf(100, thing('x', 1), broken(2)), listOf(200, thing('x', 1), broken(2)));
    api.watch = inTurn(
      stream(goneFrame),
      stream(
        event('MODIFIED', broken(201)) +
          event('MODIFIED', thing('broken', 202)) +
          event('DELETED', broken(203)),
      ),
    );
    const { reflector, logged, told } = api.reflect({
      transform: (raw) => {
        const object = raw as KubeObject;
        if (object.kind === 'Broken') {
          throw new Error('no such field');
        }
        return object;
      },
    });
    await waitFor('the deletion', () => told.includes('Deleted broken@203'));

    expect(told).toEqual(['Added x@1', 'Added broken@202', 'Deleted broken@203']);
    const skipped = logged.filter((line) => line.level === 50);
    expect(skipped.map((line) => `${line.key ?? ''}@${line.resourceVersion ?? ''}`)).toEqual([
      'a/broken@2',
      'a/broken@201',
      'a/broken@203',
    ]);
    expect(reflector.store.size).toBe(1);
  });

  it('is held apart where what can not be read has a place: in one of the two stores, whatever comes in which order', async () => {
    const broken = (version: number): KubeObject => ({ ...thing('x', version), kind: 'Broken' });
    api.list = listOf(100, broken(2), thing('y', 3));
    let response: ServerResponse | undefined;
    api.watch = (opened, request) => {
      response = opened;
      stream()(opened, request);
    };
    const unreadable = new Store<Unreadable>();
    const parted: string[] = [];
    unreadable.onChange(({ type, object }) =>
      parted.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion ?? ''}`),
    );
    const { reflector, told } = api.reflect({
      unreadable,
      transform: (raw) => {
        const object = raw as KubeObject;
        if (object.kind === 'Broken') throw new Error('no such field');
        return object;
      },
    });
    await waitFor('the watch', () => response);
    expect(unreadable.get('a/x')).toMatchObject({ metadata: { resourceVersion: '2' } });

    // Mended, as the answer to an own write says first; then what came before it, and its like, from the watch.
    reflector.upsert(thing('x', 110));
    response?.write(event('MODIFIED', broken(105)) + event('MODIFIED', thing('x', 110)));
    response?.write(event('MODIFIED', broken(111)) + event('DELETED', broken(112)));
    await waitFor('the deletion', () => parted.includes('Deleted x@112'));

    expect(parted).toEqual(['Added x@2', 'Deleted x@110', 'Added x@111', 'Deleted x@112']);
    expect(told).toEqual(['Added y@3', 'Added x@110', 'Deleted x@111']);
    expect([reflector.store.size, unreadable.size]).toEqual([1, 0]);
  });

  it('moves on although a handler throws, and that is logged', async () => {
    api.watch = stream(event('ADDED', thing('x', 101)), event('ADDED', thing('y', 102)));
    const { reflector, logged, told } = api.reflect();
    reflector.onChange(() => {
      throw new Error('handler broke');
    });

    await waitFor('y', () => told.length === 2);

    expect(logged.map((line) => line.msg)).toEqual(['change handler failed', 'change handler failed']);
  });

  it('does not go back to an event from before an own write', async () => {
    let response: ServerResponse | undefined;
    api.watch = (opened, request) => {
      response = opened;
      stream()(opened, request);
    };
    const { reflector, told } = api.reflect();
    await waitFor('the watch', () => response);

    reflector.store.upsert(thing('x', 110));
    response?.write(event('ADDED', thing('x', 105)) + event('MODIFIED', thing('x', 110)));
    response?.write(event('MODIFIED', thing('x', 111)));
    await waitFor('the newest', () => reflector.store.get('a/x')?.metadata.resourceVersion === '111');

    expect(told).toEqual(['Added x@110', 'Updated x@111']);
  });
});

describe('what a watch brings', () => {
  it('is read once, although each own write comes twice', async () => {
    let response: ServerResponse | undefined;
    api.watch = (opened, request) => {
      response = opened;
      stream()(opened, request);
    };
    const read: string[] = [];
    const { reflector } = api.reflect({
      transform: (raw) => {
        const object = raw as KubeObject;
        read.push(object.metadata.resourceVersion ?? '');
        return object;
      },
    });
    await waitFor('the watch', () => response);

    reflector.upsert(thing('x', 110));
    response?.write(event('ADDED', thing('x', 105)) + event('MODIFIED', thing('x', 110)));
    response?.write(event('MODIFIED', thing('x', 111)));
    await waitFor('the newest', () => reflector.store.get('a/x')?.metadata.resourceVersion === '111');

    expect(read).toEqual(['110', '111']);
  });
});

describe('synced', () => {
  it('fails with the reason of its signal', async () => {
    api.list = status(403, 'Forbidden');
    const { reflector } = api.reflect();
    const reason = new Error('stopping');

    await expect(reflector.synced(AbortSignal.abort(reason))).rejects.toBe(reason);
    const waiting = new AbortController();
    const synced = reflector.synced(waiting.signal);
    waiting.abort(reason);
    await expect(synced).rejects.toBe(reason);
  });

  it('does not come when the reflector is stopped before, and the reflector ends', async () => {
    api.list = (): void => undefined;
    const transport = new Transport({ server: api.server.url });
    const logger = pino({ level: 'silent' });
    const resource = { group: 'g', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
    const reflector = new Reflector({ transport, resource, logger, watchList: false });
    const stop = new AbortController();
    const running = reflector.run(stop.signal);
    await waitFor('the request', () => api.server.seen.length === 1);

    stop.abort();
    await running;
    await transport.close();

    expect(reflector.store.size).toBe(0);
  });
});
