import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { waitFor } from '../../support/wait.ts';
import { json, startFakeServer, status } from './fake-server.ts';
import type { Answer, FakeServer, SeenRequest } from './fake-server.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Setup {
  readonly server: FakeServer;
  readonly recorder: EventRecorder;
  readonly time: { now: number };
  /** Lines of the log. */
  readonly logged: Record<string, unknown>[];
}

async function setUp(answer: Answer = json(201, {})): Promise<Setup> {
  const server = await startFakeServer(answer);
  const transport = new Transport({ server: server.url });
  closing.push(
    () => transport.close(),
    () => server.close(),
  );
  const time = { now: Date.UTC(2026, 1, 3, 4, 5, 6, 7) };
  const logged: Record<string, unknown>[] = [];
  const write = (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>);
  const recorder = new EventRecorder(transport, {
    controller: 'medevac.dev/operator',
    instance: 'pod-0',
    logger: pino({ base: null }, { write }),
    now: () => time.now,
  });
  return { server, recorder, time, logged };
}

const REGARDING = {
  apiVersion: 'compute.medevac.dev/v1beta1',
  kind: 'Instance',
  metadata: { namespace: 'team-a', name: 'web-1', uid: 'u1', resourceVersion: '7' },
};
const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', uid: 'n1' } };
const RECORD = {
  type: 'Normal',
  reason: 'Rescued',
  action: 'Rescue',
  note: 'booted from rescue image',
} as const;

function bodies(server: FakeServer): Record<string, unknown>[] {
  return server.seen.map((request: SeenRequest) => JSON.parse(request.body) as Record<string, unknown>);
}

describe('an event recorder', () => {
  it('writes what happened to whom, when and by whom', async () => {
    const { server, recorder } = await setUp();

    recorder.record(REGARDING, { ...RECORD, related: NODE });
    await recorder.flush();

    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/namespaces/team-a/events',
    ]);
    expect(bodies(server)[0]).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'team-a', name: expect.stringMatching(/^web-1\.[0-9a-f]{16}$/) },
      eventTime: '2026-02-03T04:05:06.007000Z',
      firstTimestamp: '2026-02-03T04:05:06Z',
      lastTimestamp: '2026-02-03T04:05:06Z',
      count: 1,
      reportingComponent: 'medevac.dev/operator',
      reportingInstance: 'pod-0',
      type: 'Normal',
      reason: 'Rescued',
      action: 'Rescue',
      message: 'booted from rescue image',
      involvedObject: {
        apiVersion: 'compute.medevac.dev/v1beta1',
        kind: 'Instance',
        namespace: 'team-a',
        name: 'web-1',
        uid: 'u1',
        resourceVersion: '7',
      },
      related: { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'n1' },
    });
  });

  it('puts Events about cluster-scoped objects into the namespace default', async () => {
    const { server, recorder } = await setUp();

    recorder.record(NODE, RECORD);
    await recorder.flush();

    expect(server.seen[0]?.path).toBe('/api/v1/namespaces/default/events');
  });

  it('writes with one request what was recorded several times before it could be sent', async () => {
    const { server, recorder } = await setUp();

    recorder.record(REGARDING, RECORD);
    recorder.record(REGARDING, { ...RECORD, reason: 'Other' });
    recorder.record(REGARDING, { ...RECORD, reason: 'Other' });
    recorder.record(REGARDING, { ...RECORD, reason: 'Other' });
    await recorder.flush();

    expect(bodies(server).map((body) => [body['reason'], body['series']])).toEqual([
      ['Rescued', undefined],
      ['Other', { count: 3, lastObservedTime: '2026-02-03T04:05:06.007000Z' }],
    ]);
  });

  it('counts repeats, and writes the count once a minute', async () => {
    const { server, recorder, time } = await setUp();
    recorder.record(REGARDING, RECORD);
    await recorder.flush();

    for (let second = 1; second <= 60; second += 1) {
      time.now += 1_000;
      recorder.record(REGARDING, RECORD);
    }
    await recorder.flush();

    expect(server.seen.map((request) => request.method)).toEqual(['POST', 'PATCH']);
    expect(bodies(server)[1]).toEqual({
      count: 61,
      lastTimestamp: '2026-02-03T04:06:06Z',
      series: { count: 61, lastObservedTime: '2026-02-03T04:06:06.007000Z' },
    });
  });

  it('writes a repeat at once where something else was told of the object in between', async () => {
    const { server, recorder, time } = await setUp();
    for (const reason of ['Running', 'Rescued']) {
      recorder.record(REGARDING, { ...RECORD, reason });
      await recorder.flush();
    }

    time.now += 1_000;
    recorder.record(REGARDING, { ...RECORD, reason: 'Running' });
    await waitFor('it is written', () => server.seen.length === 3);

    expect(bodies(server)[2]).toMatchObject({ count: 2, lastTimestamp: '2026-02-03T04:05:07Z' });
  });

  it('goes on with the count of an Event that an earlier process made, which it may not read', async () => {
    const { server, recorder } = await setUp((response, request) => {
      const answers: Record<string, Answer> = {
        POST: status(409, 'AlreadyExists'),
        GET: status(403, 'Forbidden'),
      };
      const there = json(200, { metadata: { name: 'x' }, series: { count: 5 } });
      (answers[request.method] ?? there)(response, request);
    });

    recorder.record(REGARDING, RECORD);
    await recorder.flush();

    expect(server.seen.map((request) => request.method)).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(bodies(server).slice(1)).toMatchObject([{}, { series: { count: 6 } }]);
  });

  it('writes an Event anew that has expired meanwhile', async () => {
    const { server, recorder, time } = await setUp((response, request) => {
      (request.method === 'PATCH' ? status(404, 'NotFound') : json(201, {}))(response, request);
    });
    recorder.record(REGARDING, RECORD);
    await recorder.flush();

    time.now += 3_600_000;
    recorder.record(REGARDING, RECORD);
    await recorder.flush();

    expect(server.seen.map((request) => request.method)).toEqual(['POST', 'PATCH', 'POST']);
  });

  it('drops what comes too fast about one object, and nothing about another', async () => {
    const { server, recorder } = await setUp();
    const other = { ...REGARDING, metadata: { ...REGARDING.metadata, name: 'web-2', uid: 'u2' } };

    for (let index = 0; index < 100; index += 1) {
      recorder.record(REGARDING, { ...RECORD, note: `note ${index}` });
    }
    recorder.record(other, RECORD);
    await recorder.flush();

    expect(server.seen).toHaveLength(26);
    expect(bodies(server).at(-1)).toMatchObject({ involvedObject: { name: 'web-2' } });
  });

  it('says how many it has dropped, and not of each', async () => {
    const { recorder, time, logged } = await setUp();
    const tell = (count: number) => {
      for (let turn = 0; turn < count; turn += 1) {
        recorder.record(REGARDING, { ...RECORD, reason: `Reason${turn}` });
      }
      return recorder.flush();
    };

    await tell(25);
    expect(logged).toEqual([]);
    await tell(125);
    time.now += 10_000;
    await tell(26);

    const line = { level: 40, msg: 'events dropped: too many', name: 'web-1', reason: 'Reason25' };
    expect(logged).toEqual([
      { ...line, time: expect.any(Number), dropped: 1 },
      { ...line, time: expect.any(Number), dropped: 100 },
    ]);
  });

  it('throws nothing when the server refuses, and tries the next time', async () => {
    const { server, recorder } = await setUp(status(403, 'Forbidden'));

    recorder.record(REGARDING, RECORD);
    await recorder.flush();
    recorder.record(REGARDING, RECORD);
    await recorder.flush();

    expect(server.seen).toHaveLength(2);
  });

  it('cuts a note that is too long between two characters', async () => {
    const { server, recorder } = await setUp();

    recorder.record(REGARDING, { ...RECORD, note: `x${'𝄞'.repeat(400)}` });
    await recorder.flush();

    expect(bodies(server)[0]?.['message']).toBe(`x${'𝄞'.repeat(255)}`);
  });
});
