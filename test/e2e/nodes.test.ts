import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NODES } from '../../src/api/resources.ts';
import { CAPABILITY_LABEL } from '../../src/domain/node/roles.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { aRescue } from '../builders/instance.ts';
import type { KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

const LATE = ['node-d', 'node-e', 'node-f', 'node-g', 'node-h', 'node-i', 'node-j'];
const MESSAGE =
  'live migration of rescued instances is not supported by destination node "NODE": missing label ' +
  'medevac.dev.node-restriction.kubernetes.io/rescued-migration-destination=true on the destination. ' +
  'Name another node, or upgrade the hypervisor of this one.';

describe('nodes that are upgraded, and nodes that are lost, on KubeVirt', () => {
  let stage: Stage;
  let simulator: KubeVirtSimulator;
  let play: Play;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    if (stage.simulator === undefined) throw new Error('no simulator');
    simulator = stage.simulator;
    for (const name of LATE.slice(1)) await simulator.addNode({ name, version: 'v1.5.2' });
  }, 150_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  async function labelled(node: string, capable: boolean): Promise<void> {
    await waitFor(`node ${node} is ${capable ? '' : 'not '}capable`, async () => {
      const { metadata } = await new ResourceClient(stage.admin, NODES).get({ namespace: '', name: node });
      return Object.values(CAPABILITY_LABEL).every(
        (label) => metadata.labels?.[label] === (capable ? 'true' : undefined),
      );
    });
  }

  /** What kubectl prints to who asks for a migration to the node; nothing is made. */
  async function asked(node: string): Promise<string> {
    const { namespace } = stage;
    const spec = { instanceName: play.name, destination: { nodeName: node } };
    const manifest = aLiveMigration({ name: `to-${node}`, namespace, spec });
    const printed = await stage.kubectl(['create', '--dry-run=server', '-f', '-'], manifest);
    return printed.stdout + printed.stderr;
  }

  it('become capable one by one: admission says so at each step of a rolling upgrade of ten nodes', async () => {
    play = new Play(stage, 'upgraded');
    await play.rescued();
    for (const name of LATE) {
      expect(await asked(name)).toContain(MESSAGE.replace('NODE', name));
      await simulator.nodes.removeHandler(name);
      await simulator.nodes.createHandler({ name });
      expect(await asked(name)).toContain(MESSAGE.replace('NODE', name));
      await simulator.nodes.setHandlerReady(name, true);
      await simulator.nodes.heartbeat(name);
      await labelled(name, true);
      expect(await asked(name)).toContain('created (server dry run)');
    }
    await simulator.nodes.setHandlerReady('node-j', false);
    await labelled('node-j', false);
    expect(await asked('node-j')).toContain(MESSAGE.replace('NODE', 'node-j'));
  }, 120_000);

  it('that are lost leave their VM Unknown; fenced, it is rescued on another node', async () => {
    play = new Play(stage, 'lost');
    const rescued = await play.rescued();
    const node = rescued.status?.node ?? '';
    const before = await readVm(stage.admin, { namespace: stage.namespace, name: play.name });

    await simulator.nodes.lose(node);

    const lost = await play.instance('it is Unknown', ({ status }) => status?.state === 'Unknown');
    expect(conditionOf(lost, 'Ready')).toMatchObject({ status: 'False', reason: 'NodeLost' });
    expect(conditionOf(lost, 'Ready')?.message).toContain(`Node "${node}" is not heard of`);
    // An unrescue that comes meanwhile waits, and so does its opposite: nothing is done to the VM.
    await play.apply();
    await play.instance(
      'the unrescue is seen',
      ({ metadata, status }) =>
        status?.state === 'Unknown' && status.observedGeneration === metadata.generation,
    );
    await play.apply({ rescue: aRescue() });
    expect(await readVm(stage.admin, { namespace: stage.namespace, name: play.name })).toEqual(before);

    await simulator.nodes.fence(node);

    const again = await play.settled('Rescued');
    expect(again.status?.node).not.toBe(node);
    const after = await readVm(stage.admin, { namespace: stage.namespace, name: play.name });
    expect(after.disks).toEqual(before.disks);
    expect(after.vmUid).not.toBe(before.vmUid);
  }, 90_000);

  it('that come back have their VM as it was', async () => {
    play = new Play(stage, 'back');
    const rescued = await play.rescued();
    const node = rescued.status?.node ?? '';
    const mark = play.mark();

    await simulator.nodes.lose(node);
    await play.instance('it is Unknown', ({ status }) => status?.state === 'Unknown');
    await simulator.nodes.recover(node);

    await labelled(node, true);
    const again = await waitFor('it is Rescued again', () => {
      const last = play.observer.instances.findLast(
        ({ object }) => object.metadata.name === play.name,
      )?.object;
      return last?.status?.state === 'Rescued' ? last : undefined;
    });
    expect(again.status?.node).toBe(node);
    expect(play.statesSince(mark)).toEqual(['Unknown', 'Rescued']);
  }, 90_000);
});
