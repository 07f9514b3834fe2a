import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { StatusWriter } from '../../../src/kube/status-writer.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Store } from '../../../src/runtime/store.ts';
import { inTurn, json, startFakeServer, status, type FakeServer } from './fake-server.ts';

type Widget = KubeObject & { status?: { phase?: string } };

const WIDGETS = {
  group: 'test.example.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const SEEN: Widget = { metadata: { name: 'w', namespace: 'default', uid: 'w', resourceVersion: '1' } };
const WRITTEN = { metadata: { ...SEEN.metadata, resourceVersion: '2' }, status: { phase: 'Big' } };

describe('a status whose write was answered 500', () => {
  let server: FakeServer;
  let transport: Transport;

  beforeEach(async () => {
    server = await startFakeServer(
      inTurn(status(500, 'InternalError'), status(409, 'Conflict'), json(200, WRITTEN)),
    );
    transport = new Transport({ server: server.url });
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  it('is written at last, also where the API server speaks of a conflict that there is not', async () => {
    const store = new Store<Widget>();
    const writer = new StatusWriter(new ResourceClient<Widget>(transport, WIDGETS), store);
    await expect(writer.write(SEEN, { phase: 'Big' })).rejects.toThrow('InternalError');

    expect(await writer.settle(SEEN)).toBe(false);
    expect(await writer.settle(SEEN)).toBe(false);

    expect(server.seen).toHaveLength(3);
    expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
    expect(store.get('default/w')).toEqual(WRITTEN);
    expect(await writer.settle(SEEN)).toBe(true);
  });
});
