import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loadConnection } from '../../../src/kube/kubeconfig.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const EVENTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
interface Event extends KubeObject {
  readonly message?: string;
  readonly series?: { readonly count: number };
  readonly involvedObject?: { readonly name: string };
}

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
}, 60_000);

afterAll(() => plane.stop());

describe('a transport', () => {
  it('opens hardly a connection for any number of requests in turn, a few for many at once, one for each watch', async () => {
    const proxy = await startFaultProxy(plane.url);
    const transport = new Transport(
      { ...plane.connection(), server: `https://127.0.0.1:${proxy.port}` },
      { connections: 8 },
    );
    const client = new ResourceClient(transport, CONFIG_MAPS);
    const stop = new AbortController();
    try {
      for (let request = 0; request < 100; request += 1) {
        await client.list({ namespace: 'default' });
      }
      // The second, because undici lets a connection rest for a turn of the event loop before it is used again.
      expect(proxy.accepted).toBeLessThanOrEqual(2);

      await Promise.all(Array.from({ length: 200 }, () => client.list({ namespace: 'default' })));
      expect(proxy.accepted).toBeLessThanOrEqual(8);

      const before = proxy.accepted;
      const watch = transport.watch(
        { method: 'GET', path: '/api/v1/configmaps', query: { watch: true } },
        { signal: stop.signal, idleTimeoutMs: 10_000 },
      );
      expect((await watch.next()).done).toBe(false);
      expect(proxy.accepted).toBe(before + 1);
      stop.abort();
      expect((await watch.next()).done).toBe(true);
      // Others may have been idle for so long that they are closed as well.
      await waitFor('the connection to close', () => proxy.open <= before);
    } finally {
      stop.abort();
      await transport.close();
      await proxy.close();
    }
  });

  it('speaks for the user of a kubeconfig', async () => {
    const connection = await loadConnection({ kubeconfig: await plane.kubeconfig() });
    const transport = new Transport(connection, { userAgent: 'medevac/test' });
    try {
      await new ResourceClient(transport, CONFIG_MAPS).list({ namespace: 'default' });
      const entry = await waitFor('the audit event', async () =>
        (await plane.auditLog()).find((event) => event.userAgent === 'medevac/test'),
      );
      expect(entry.user.username).toBe('admin');
    } finally {
      await transport.close();
    }
  });

  it('is told apart what the server refuses: who it is, what it may', async () => {
    const stranger = new Transport({
      ...plane.connection(),
      authorization: () => Promise.resolve('Bearer wrong'),
    });
    const nobody = new Transport({ server: plane.url, ca: plane.ca });
    try {
      await expect(new ResourceClient(stranger, CONFIG_MAPS).list()).rejects.toMatchObject({ code: 401 });
      await expect(new ResourceClient(nobody, CONFIG_MAPS).list()).rejects.toMatchObject({
        code: 403,
        reason: 'Forbidden',
      });
    } finally {
      await Promise.all([stranger.close(), nobody.close()]);
    }
  });
});

describe('an event recorder', () => {
  it('writes Events that users can read, with one series for repeats, also across restarts', async () => {
    const transport = new Transport(plane.connection());
    const configMaps = new ResourceClient(transport, CONFIG_MAPS);
    const events = new ResourceClient<Event>(transport, EVENTS);
    const about = await configMaps.create({ metadata: { name: 'about', namespace: 'default' } });
    const regarding = { apiVersion: 'v1', kind: 'ConfigMap', ...about };
    const options = { controller: 'medevac.dev/test', instance: 'test-0', logger: pino({ level: 'silent' }) };
    const record = { type: 'Warning', reason: 'Blocked', action: 'Migrate', note: 'ü'.repeat(600) } as const;
    try {
      for (const count of [1, 2]) {
        const recorder = new EventRecorder(transport, options);
        recorder.record(regarding, record);
        recorder.record(regarding, record);
        recorder.record(regarding, record);
        await recorder.flush();
        const found = await events.list({ namespace: 'default', fieldSelector: 'reason=Blocked' });
        expect(found.items).toHaveLength(1);
        expect(found.items[0]).toMatchObject({
          involvedObject: { name: 'about' },
          message: 'ü'.repeat(512),
          series: { count: 3 * count },
        });
      }
      const recorder = new EventRecorder(transport, options);
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', uid: 'n1' } };
      recorder.record(node, { ...record, related: regarding });
      await recorder.flush();
      const found = await events.list({ namespace: 'default', fieldSelector: 'reason=Blocked' });
      expect(found.items.map((event) => event.involvedObject?.name).sort()).toEqual(['about', 'node-a']);
    } finally {
      await transport.close();
    }
  });

  it('writes Events that kubectl describe shows in the order in which they were recorded', async () => {
    const transport = new Transport(plane.connection());
    const metadata = { name: 'told', namespace: 'default' };
    const told = await new ResourceClient(transport, CONFIG_MAPS).create({ metadata });
    const reasons = ['Starting', 'Running', 'Rescuing', 'Rescued', 'Unrescuing', 'Running', 'Stopped'];
    let now = Date.now() - 60_000;
    const reporter = { controller: 'medevac.dev/test', instance: 'test-0' };
    const recorder = new EventRecorder(transport, {
      ...reporter,
      logger: pino({ level: 'silent' }),
      now: () => now,
    });
    try {
      for (const reason of reasons) {
        const record = { type: 'Normal', reason, action: 'Test', note: 'It is so.' } as const;
        recorder.record({ apiVersion: 'v1', kind: 'ConfigMap', ...told }, record);
        await recorder.flush();
        now += 2_000;
      }
      const { stdout } = await kubectl(plane, ['describe', 'configmap', 'told', '-n', 'default']);
      const shown = [...stdout.matchAll(/^ +Normal +(\w+)/gm)].map(([, reason]) => reason);
      // What came again is where it was seen last.
      expect(shown).toEqual(reasons.filter((reason, index) => reasons.lastIndexOf(reason) === index));
    } finally {
      await transport.close();
    }
  });
});
