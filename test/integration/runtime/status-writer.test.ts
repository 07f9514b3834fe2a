import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionError, isConflict } from '../../../src/kube/api-errors.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { formatKey, keyOf } from '../../../src/kube/resource.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { StatusWriter } from '../../../src/kube/status-writer.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Store } from '../../../src/runtime/store.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { waitFor } from '../../support/wait.ts';

interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly phase: string; readonly parts?: Record<string, number> };
}

const CRDS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const WIDGETS: Resource = {
  group: 'test.example.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

const object = (properties: object): object => ({ type: 'object', properties });
const WIDGET_SCHEMA = object({
  spec: object({ size: { type: 'integer' } }),
  status: object({
    phase: { type: 'string', enum: ['Small', 'Big'] },
    parts: { type: 'object', additionalProperties: { type: 'integer' } },
  }),
});
const WIDGET_CRD = {
  metadata: { name: `${WIDGETS.plural}.${WIDGETS.group}` },
  spec: {
    group: WIDGETS.group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: WIDGET_SCHEMA },
      },
    ],
  },
};

let plane: ControlPlane;
let transport: Transport;
let widgets: ResourceClient<Widget>;
let store: Store<Widget>;
let writer: StatusWriter<Widget>;
let requests: string[] = [];
let created = 0;

beforeAll(async () => {
  plane = await startControlPlane();
  transport = new Transport(plane.connection(), {
    onRequest: ({ method, path, code }) => requests.push(`${method} ${path} ${code}`),
  });
  await new ResourceClient(transport, CRDS).create(WIDGET_CRD);
  widgets = new ResourceClient<Widget>(transport, WIDGETS);
  await waitFor('the kind', () => widgets.list());
}, 60_000);

afterAll(async () => {
  await transport.close();
  await plane.stop();
});

beforeEach(() => {
  store = new Store();
  writer = new StatusWriter(widgets, store);
  requests = [];
});

async function create(): Promise<Widget> {
  created += 1;
  const widget = await widgets.create({
    metadata: { name: `w${created}`, namespace: 'default' },
    spec: { size: 1 },
  } as Widget);
  requests = [];
  return widget;
}

const held = (widget: Widget): Widget | undefined => store.get(formatKey(keyOf(widget)));

describe('a status writer', () => {
  it('writes the first status, and the store has it before any event comes', async () => {
    const widget = await create();

    const outcome = await writer.write(widget, { phase: 'Small', parts: { a: 1 } });

    expect(outcome).toMatchObject({
      kind: 'written',
      object: { spec: { size: 1 }, status: { phase: 'Small' } },
    });
    expect(held(widget)?.status).toEqual({ phase: 'Small', parts: { a: 1 } });
    expect(requests).toHaveLength(1);
  });

  it('replaces the status that is there as a whole', async () => {
    const widget = await create();
    await writer.write(widget, { phase: 'Small', parts: { a: 1 } });

    await writer.write(held(widget) ?? widget, { phase: 'Big' });

    expect((await widgets.get(keyOf(widget))).status).toEqual({ phase: 'Big' });
  });

  it('sends nothing when the status is there already, in whatever order of keys', async () => {
    const widget = await create();
    await writer.write(widget, { phase: 'Small', parts: { a: 1, b: 2 } });
    requests = [];

    const outcome = await writer.write(held(widget) ?? widget, { parts: { b: 2, a: 1 }, phase: 'Small' });

    expect(outcome).toEqual({ kind: 'unchanged' });
    expect(requests).toEqual([]);
  });

  it('asks once whether what another one has written last is what it sees, and changes nothing by that', async () => {
    const created = await create();
    const another = new StatusWriter(widgets, new Store<Widget>());
    await another.write(created, { phase: 'Small' });
    const seen = await widgets.get(keyOf(created));
    requests = [];

    expect(await writer.isNewest(seen)).toBe(true);
    expect(await writer.isNewest(seen)).toBe(true);

    expect(requests).toHaveLength(1);
    expect((await widgets.get(keyOf(created))).metadata.resourceVersion).toBe(seen.metadata.resourceVersion);
  });

  it('sees that it does not see what another one has written', async () => {
    const created = await create();
    const another = new StatusWriter(widgets, new Store<Widget>());
    await another.write(created, { phase: 'Small' });
    const stale = await widgets.get(keyOf(created));
    await another.write(stale, { phase: 'Big' });

    expect(await writer.isNewest(stale)).toBe(false);

    expect((await widgets.get(keyOf(created))).status).toEqual({ phase: 'Big' });
  });

  it('knows without a question that what it has written itself is the newest', async () => {
    const widget = await create();
    await writer.write(widget, { phase: 'Small' });
    requests = [];

    expect(await writer.isNewest(held(widget) ?? widget)).toBe(true);

    expect(requests).toEqual([]);
  });

  it('sees that what it has written itself was deleted since', async () => {
    const created = await create();
    await writer.write(created, { phase: 'Small' });
    const seen = held(created) ?? created;
    expect(await writer.isStored(seen)).toBe(true);
    await widgets.delete(keyOf(created));

    expect(await writer.isStored(seen)).toBe(false);
  });

  it('writes nothing over what somebody wrote since we read', async () => {
    const stale = await create();
    await widgets.mergePatch(keyOf(stale), { spec: { size: 2 } });

    expect(await writer.write(stale, { phase: 'Big' })).toEqual({ kind: 'conflict' });

    expect((await widgets.get(keyOf(stale))).status).toBeUndefined();
    expect(held(stale)).toBeUndefined();
  });

  it('does not take another object of the same name for the one it knows', async () => {
    const first = await create();
    await widgets.delete(keyOf(first), { uid: first.metadata.uid ?? '' });
    await widgets.create({ metadata: { ...keyOf(first) } });

    expect(await writer.write(first, { phase: 'Big' })).toEqual({ kind: 'conflict' });
  });

  it('says that the object is gone', async () => {
    const widget = await create();
    await widgets.delete(keyOf(widget));

    expect(await writer.write(widget, { phase: 'Big' })).toEqual({ kind: 'gone' });
  });

  it('throws what the schema refuses: that is a bug of ours, no conflict', async () => {
    const widget = await create();

    const write = writer.write(widget, { phase: 'Enormous' });

    await expect(write).rejects.toMatchObject({ name: 'ApiError', code: 422, reason: 'Invalid' });
    await expect(write).rejects.toThrow(/status\.phase/);
  });
});

describe('a status writer whose answer is lost', () => {
  let proxy: FaultProxy;
  let through: Transport;

  beforeEach(async () => {
    proxy = await startFaultProxy(plane.url);
    through = new Transport(
      { ...plane.connection(), server: `https://127.0.0.1:${proxy.port}` },
      { onRequest: ({ method, code }) => requests.push(`${method} ${code}`) },
    );
    const client = new ResourceClient<Widget>(through, WIDGETS);
    writer = new StatusWriter(client, store);
    // So that there is a connection, which may be lost.
    await client.list();
  });
  afterEach(async () => {
    await through.close();
    await proxy.close();
  });

  async function createAndSee(): Promise<Widget> {
    const widget = await create();
    store.upsert(widget);
    return widget;
  }
  const thrown = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  it('decides nothing from what it wrote over until the cache has seen it', async () => {
    const before = await createAndSee();
    proxy.loseAnswers();

    expect(await thrown(writer.write(before, { phase: 'Big' }))).toBeInstanceOf(ConnectionError);

    const written = await widgets.get(keyOf(before));
    expect(written.status).toEqual({ phase: 'Big' });
    requests = [];
    expect([await writer.settle(before), await writer.settle(before)]).toEqual([false, false]);
    expect(requests).toEqual(['PUT 409', 'PUT 409']);
    expect((await widgets.get(keyOf(before))).metadata.resourceVersion).toBe(
      written.metadata.resourceVersion,
    );
    store.upsert(written);
    expect(await writer.settle(held(before) ?? before)).toBe(true);
  });

  it('writes again what was not carried out, and the first can then not be carried out any more', async () => {
    const before = await createAndSee();
    proxy.refusing = true;
    proxy.cut();
    expect(await thrown(writer.write(before, { phase: 'Big' }))).toBeInstanceOf(ConnectionError);
    expect(await thrown(writer.settle(before))).toBeInstanceOf(ConnectionError);
    proxy.refusing = false;

    expect(await writer.settle(before)).toBe(false);

    expect(held(before)?.status).toEqual({ phase: 'Big' });
    expect(await writer.settle(held(before) ?? before)).toBe(true);
    const direct = new StatusWriter(widgets, store);
    expect(await direct.write(before, { phase: 'Small' })).toEqual({ kind: 'conflict' });
  });

  it('writes nothing over what somebody else wrote meanwhile', async () => {
    const before = await createAndSee();
    proxy.refusing = true;
    proxy.cut();
    await thrown(writer.write(before, { phase: 'Big' }));
    await widgets.mergePatch(keyOf(before), { status: { phase: 'Small' } }, { subresource: 'status' });
    proxy.refusing = false;

    expect(await writer.settle(before)).toBe(false);

    expect((await widgets.get(keyOf(before))).status).toEqual({ phase: 'Small' });
  });

  it('has nothing to settle after a write that was answered, or refused', async () => {
    const before = await createAndSee();
    await writer.write(before, { phase: 'Big' });
    expect(await writer.write(before, { phase: 'Small' })).toEqual({ kind: 'conflict' });
    await thrown(writer.write(held(before) ?? before, { phase: 'Enormous' }));
    requests = [];

    expect([await writer.settle(before), await writer.settle(held(before) ?? before)]).toEqual([true, true]);

    expect(requests).toEqual([]);
  });
});

describe('a resource client', () => {
  it.each([
    ['a uid', { uid: 'another' }],
    ['a resourceVersion', { resourceVersion: '1' }],
  ])('deletes nothing when %s does not match', async (_, preconditions) => {
    const widget = await create();

    const error: unknown = await widgets
      .delete(keyOf(widget), preconditions)
      .catch((thrown: unknown) => thrown);

    expect(isConflict(error)).toBe(true);
    expect((await widgets.get(keyOf(widget))).metadata.deletionTimestamp).toBeUndefined();
  });

  it('applies server-side: owns only what it sent, twice is once, and others are in the way unless forced', async () => {
    const widget = await create();
    const wanted = { metadata: { ...keyOf(widget), labels: { team: 'a' } } };
    const ours = { fieldManager: 'ours' };

    const once = await widgets.apply(wanted, ours);
    const twice = await widgets.apply(wanted, ours);

    expect(once).toMatchObject({ spec: { size: 1 }, metadata: { labels: { team: 'a' } } });
    expect(twice.metadata.resourceVersion).toBe(once.metadata.resourceVersion);
    const other = { metadata: { ...keyOf(widget), labels: { team: 'b' } } };
    const refused: unknown = await widgets
      .apply(other, { fieldManager: 'theirs' })
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 409, message: expect.stringContaining('ours') });
    expect(isConflict(refused)).toBe(false);
    const forced = await widgets.apply(other, { fieldManager: 'theirs', force: true });
    expect(forced.metadata.labels).toEqual({ team: 'b' });
  });

  it('takes a JSON patch back whose test fails', async () => {
    const widget = await create();

    const patch = widgets.patch(keyOf(widget), [
      { op: 'test', path: '/spec/size', value: 7 },
      { op: 'replace', path: '/spec/size', value: 8 },
    ]);

    await expect(patch.catch((error: unknown) => isConflict(error))).resolves.toBe(true);
  });
});
