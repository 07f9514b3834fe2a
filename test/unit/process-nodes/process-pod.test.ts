import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Transport } from '../../../src/kube/transport.ts';
import { Pod } from '../../process-nodes/kinds.ts';
import { ProcessPod, type Running } from '../../process-nodes/process-pod.ts';
import { waitFor } from '../../support/wait.ts';
import { json, startFakeServer, status, type FakeServer } from '../kube/fake-server.ts';

/** Codes of the probes that come, the last one of all further ones. */
let probes: number[];
let container: FakeServer;
let api: FakeServer;
let admin: Transport;
let logFolder: string;
/** What it is told of tokens. */
let token = json(201, { status: { token: 'abc' } });

beforeEach(async () => {
  probes = [200];
  container = await startFakeServer((response) => {
    response.writeHead((probes.length > 1 ? probes.shift() : probes[0]) ?? 500).end();
  });
  api = await startFakeServer((response, request) => {
    const answer = request.method === 'POST' ? token : json(200, {});
    answer(response, request);
  });
  admin = new Transport({ server: api.url });
  logFolder = await mkdtemp(join(tmpdir(), 'medevac-pod-'));
});
afterEach(async () => {
  await admin.close();
  await Promise.all([container.close(), api.close()]);
  await rm(logFolder, { recursive: true });
});

function run(): ProcessPod {
  const ended = Promise.withResolvers<undefined>();
  const running: Running = { ended: ended.promise, kill: () => ended.resolve(undefined) };
  const port = Number(new URL(container.url).port);
  const pod = Pod.parse({
    metadata: { name: 'pod', namespace: 'here', uid: 'u' },
    spec: {
      containers: [
        {
          name: 'one',
          image: 'one',
          ports: [{ name: 'health', containerPort: port }],
          readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, failureThreshold: 3 },
        },
      ],
    },
  });
  return new ProcessPod(pod, {
    admin,
    ip: '127.0.0.1',
    image: () => Promise.resolve(running),
    logFolder,
  });
}

/** What the API server was told of whether it is ready, one after the other. */
function told(): string[] {
  return api.seen
    .filter(({ method }) => method === 'PATCH')
    .map(({ body }) => (/"Ready","status":"(\w+)"/.exec(body) ?? [])[1] ?? '');
}

it('a Pod is ready until as many probes in a row have failed as its threshold says: one may be late', async () => {
  probes = [200, 503, 503, 200, 503, 200];
  const pod = run();
  await waitFor('all probes', () => probes.length === 1 && container.seen.length > 6);
  expect(told()).toEqual(['False', 'True']);
  probes = [503];
  await waitFor('it is told', () => told().length > 2);
  expect(told()).toEqual(['False', 'True', 'False']);
  await pod.kill();
});

it('a Pod that is gone before it was started is started by nobody', async () => {
  token = status(404, 'NotFound');
  await expect(run().kill()).resolves.toBeUndefined();
  expect(told()).toEqual([]);
});
