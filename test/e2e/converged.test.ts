import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { INSTANCES } from '../../src/controllers/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { aDisk, anInstance } from '../builders/instance.ts';
import { loggedRequests } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { Observer } from '../support/observer.ts';
import { raiseStage, type Stage } from '../support/stage.ts';

const COUNT = 500;

/** A state that every Instance of a namespace has reached, seen by watching. */
describe(`${COUNT} converged Instances`, () => {
  let stage: Stage;
  let observer: Observer;

  beforeAll(async () => {
    stage = await raiseStage('memory');
    observer = new Observer(stage.admin, stage.namespace);
  }, 120_000);
  afterAll(async () => {
    await observer.close();
    await stage.close();
  });

  const names = Array.from({ length: COUNT }, (_, index) => `vm-${index}`);

  function latest(): Map<string, Instance> {
    return new Map(observer.instances.map(({ object }) => [object.metadata.name, object]));
  }

  async function eachAtATime(parallel: number, act: (name: string) => Promise<unknown>): Promise<void> {
    const waiting = [...names];
    const worker = async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await act(name);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }

  it('are reconciled twice without a single write', async () => {
    const { namespace } = stage;
    const client = new ResourceClient<Instance>(stage.admin, INSTANCES);
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    await eachAtATime(8, (name) => client.create(anInstance({ name, namespace, spec: { disks } })));
    const isConverged = ({ status }: Instance) =>
      status?.state === 'Running' && status.operation === undefined;
    const converged = () => [...latest().values()].filter(isConverged);
    await observer.until('all run', () => (converged().length === COUNT ? true : undefined), 120_000);
    const since = Date.now();

    // A label is no matter for the operator, but each change of it makes it look at the Instance once more.
    for (const round of ['1', '2']) {
      await eachAtATime(8, (name) =>
        client.mergePatch({ namespace, name }, { metadata: { labels: { round } } }),
      );
    }
    const seen = await observer.until('the operator has been told of all of it', () => {
      const instances = [...latest().values()].filter(({ metadata }) => metadata.labels?.['round'] === '2');
      return instances.length === COUNT ? instances : undefined;
    });
    // An Instance that is made now is looked at after all those changes: the queue is served in order.
    await client.create(anInstance({ name: 'last', namespace, spec: { disks } }));
    await observer.until('the last one runs', () => {
      const last = latest().get('last');
      return last !== undefined && isConverged(last) ? last : undefined;
    });

    expect(seen.every(isConverged)).toBe(true);
    const writes = await loggedRequests(stage.controlPlane, { user: OPERATOR_USER, since, count: 2 });
    expect(writes.map(({ objectRef }) => objectRef?.name)).toEqual(['last', 'last']);
  }, 240_000);
});
