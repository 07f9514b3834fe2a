import { afterEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { ApiRequest, Transport, WatchEvent } from '../../../src/kube/transport.ts';
import { INSTANCES } from '../../../src/controllers/resources.ts';
import { anInstance } from '../../builders/instance.ts';
import { Observer } from '../../support/observer.ts';

/** An API server that ends each watch of Instances after what is to be said in it; the last one is left open. */
function endingWatches(said: readonly (readonly WatchEvent[])[]) {
  const asked: ApiRequest['query'][] = [];
  async function* watch(
    request: ApiRequest,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const open = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (!request.path.endsWith(INSTANCES.plural)) return open;
    asked.push(request.query);
    const events = said[asked.length - 1];
    if (events !== undefined) yield* events;
    else await open;
  }
  return { asked, transport: { watch } satisfies Pick<Transport, 'watch'> };
}

const METADATA = {
  namespace: 'default',
  uid: '0c1b2f52-58a4-4d3a-9c0b-000000000001',
  generation: 1,
  creationTimestamp: '2026-11-29T12:00:00Z',
};

const seen = (name: string, resourceVersion: string): WatchEvent => ({
  type: 'ADDED',
  object: { ...anInstance(), metadata: { ...METADATA, name, resourceVersion } },
});

describe('an observer', () => {
  let observer: Observer | undefined;
  afterEach(() => observer?.close());

  it('goes on behind the last event when the API server ends a watch, as it does with a slow reader', async () => {
    const { asked, transport } = endingWatches([[seen('one', '7'), seen('two', '9')], [seen('three', '12')]]);
    observer = new Observer(transport, 'default');
    const { instances } = observer;
    await observer.until('all three', () => (instances.length === 3 ? true : undefined), 1000);
    await turn();
    expect(instances.map(({ object }) => object.metadata.name)).toEqual(['one', 'two', 'three']);
    expect(asked.map((query) => query?.['resourceVersion'])).toEqual(['0', '9', '12']);
  });

  it('says that a watch has broken with what is waited for in vain', async () => {
    const transport = { watch: () => breaking() };
    observer = new Observer(transport, 'default');
    await turn();
    await expect(observer.until('anything', () => undefined, 1)).rejects.toThrow(
      'not seen in 0.001 s: anything; last seen of 0 events: nothing {}; the watch of instances broke: Error: gone',
    );
  });
});

// eslint-disable-next-line require-yield -- it fails before there is anything to give
async function* breaking(): AsyncGenerator<WatchEvent, void, undefined> {
  await Promise.resolve();
  throw new Error('gone');
}
