import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts';
import { waitFor } from '../../support/wait.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const COUNT = 200;

interface Pod extends KubeObject {
  readonly status?: object;
}

/** Answers to writes come in any order beside the watch, those of a write that lost against a deletion without a version. */
describe('a cache that is fed by the watch and by the answers to own writes', () => {
  const stop = new AbortController();
  let controlPlane: ControlPlane;
  let transport: Transport;
  let reflector: Reflector<Pod>;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    transport = new Transport(controlPlane.connection());
    reflector = new Reflector({ transport, resource: PODS, logger: pino({ level: 'silent' }) });
    reflector.start(stop.signal);
    await reflector.synced();
  }, 60_000);
  afterAll(async () => {
    stop.abort();
    await transport.close();
    await controlPlane.stop();
  });

  it(`holds what the server holds after ${COUNT} objects were written and deleted at the same time`, async () => {
    const pods = new ResourceClient<Pod>(transport, PODS);
    const learn = (answer: unknown) => {
      const pod = answer as Pod;
      if (pod.kind === 'Pod') reflector.store.upsert(pod);
    };
    const race = async (name: string) => {
      const key = { namespace: 'default', name };
      const path = `/api/v1/namespaces/default/pods/${name}`;
      const spec = { nodeName: 'nowhere', containers: [{ name: 'main', image: 'none' }] };
      const created = await pods.create({ metadata: key, spec } as KubeObject);
      const remove = (gracePeriodSeconds: number) =>
        transport.request({ method: 'DELETE', path, body: { gracePeriodSeconds } });
      const finish = () =>
        pods.replace({ ...created, status: { phase: 'Succeeded' } } as Pod, { subresource: 'status' });
      learn(await remove(30));
      const writes = [finish(), remove(0), remove(30), finish(), remove(0)];
      await Promise.all(writes.map((write) => write.then(learn, () => undefined)));
    };

    for (let done = 0; done < COUNT; done += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => race(`pod-${done + index}`)));
    }

    const last = await pods.create({
      metadata: { namespace: 'default', name: 'last' },
      spec: { nodeName: 'nowhere', containers: [{ name: 'main', image: 'none' }] },
    } as KubeObject);
    await waitFor('the watch has come to the end', () => reflector.store.get('default/last') !== undefined);
    expect(reflector.store.list().map(({ metadata }) => metadata.name)).toEqual([last.metadata.name]);
  }, 60_000);
});
