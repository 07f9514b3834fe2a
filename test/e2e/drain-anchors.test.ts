import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EVICTED_LABEL } from '../../src/api/names.ts';
import { LIVE_MIGRATIONS, NODES, PODS } from '../../src/api/resources.ts';
import { BUDGETS } from '../../src/controllers/anchor/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { anchorsOf } from '../support/anchors.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

const TIMEOUT = 120_000;

describe('kubectl drain, where Kubernetes places the VMs', () => {
  let stage: Stage;
  let nodes: ResourceClient<KubeObject>;
  let pods: ResourceClient<KubeObject>;
  const plays: Play[] = [];
  let named = 0;

  beforeAll(async () => {
    stage = await raiseStage('memory', {
      placement: 'ByScheduler',
      settings: { 'drain-limit-per-source': '1', 'drain-search-seconds': '7' },
    });
    nodes = new ResourceClient(stage.admin, NODES);
    pods = new ResourceClient(stage.admin, PODS);
  }, 120_000);
  afterAll(() => stage.close(), 120_000);
  afterEach(async () => {
    await stage.kubectl(['delete', 'instances', '--all', '-n', stage.namespace]);
    await Promise.all(plays.splice(0).map((play) => play.close()));
    for (const node of ['node-a', 'node-b', 'node-c', 'node-d']) await cordon(node, false);
    await waitFor('no anchor is left', async () => {
      const { items } = await pods.list({ namespace: stage.namespace });
      return items.length === 0;
    });
  }, 60_000);

  async function cordon(name: string, unschedulable: boolean): Promise<void> {
    await nodes.mergePatch({ namespace: '', name }, { spec: { unschedulable } });
  }

  const drain = (node: string, ...flags: readonly string[]): Promise<Printed> =>
    kubectl(stage.controlPlane, ['drain', node, '--timeout=60s', ...flags]);

  /** An Instance whose VM is on the node. */
  async function settled(
    node: string,
    state: 'Running' | 'Rescued',
    spec: Parameters<Play['apply']>[0] = {},
  ): Promise<Play> {
    named += 1;
    const play = new Play(stage, `drained-${named}`);
    plays.push(play);
    const others = ['node-a', 'node-b', 'node-c', 'node-d'].filter((name) => name !== node);
    for (const other of others) await cordon(other, true);
    await play.apply({ placement: {}, ...spec });
    await play.settled('Running');
    if (state === 'Rescued') await play.apply({ placement: {}, ...spec, rescue: aRescue() });
    expect((await play.settled(state)).status?.node).toBe(node);
    for (const other of others) await cordon(other, false);
    return play;
  }

  const anchors = ({ name }: Play) => anchorsOf(stage.admin, { namespace: stage.namespace, name });

  it(
    'moves a running and a rescued VM, says how far it is, and ends with exit code 0',
    async () => {
      const both = [await settled('node-a', 'Running'), await settled('node-a', 'Rescued')];
      const before = await Promise.all(both.map(anchors));
      const marks = both.map((play) => play.mark());

      const printed = await drain('node-a');

      expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('node/node-a drained') });
      expect(printed.stderr).toMatch(
        /denied the request: Instance team-a\/drained-\d+ is (about to be|being) live-migrated off node "node-a"/,
      );
      for (const [index, play] of both.entries()) {
        expect(play.statesSince(marks[index] ?? 0)).toEqual([index === 0 ? 'Running' : 'Rescued']);
        const [anchor, ...more] = await anchors(play);
        expect(more).toEqual([]);
        expect(anchor?.metadata.uid).not.toBe(before[index]?.[0]?.metadata.uid);
        expect(['node-b', 'node-c', 'node-d']).toContain(anchor?.spec.nodeName);
        const migration = await play.endedFirst();
        expect(migration.status).toMatchObject({
          phase: 'Succeeded',
          outcome: { node: anchor?.spec.nodeName },
        });
      }
    },
    TIMEOUT,
  );

  it(
    'is held by a rescued VM whose node can not send, while the other one leaves',
    async () => {
      const rescued = await settled('node-d', 'Rescued');
      const running = await settled('node-d', 'Running');
      const [stays] = await anchors(rescued);

      const printed = await drain('node-d', '--timeout=12s');

      expect(printed.code).toBe(1);
      expect(printed.stderr).toContain(
        `The drain can't move Instance ${rescued.key}: live migration of rescued instances is not supported by source node "node-d"`,
      );
      expect((await running.endedFirst()).status).toMatchObject({ phase: 'Succeeded' });
      expect((await anchors(rescued)).map(({ metadata }) => metadata.uid)).toEqual([stays?.metadata.uid]);
      await rescued.instance(
        'runs on',
        ({ status }) => status?.state === 'Rescued' && status.node === 'node-d',
      );
    },
    TIMEOUT,
  );

  it(
    'says in the words of kube-scheduler that no node has room for a VM, lets another one have its turn, and tries again',
    async () => {
      const large = await settled('node-a', 'Running', { memory: '12Gi', evacuation: { priority: 1 } });
      const small = await settled('node-a', 'Running', { memory: '1Gi' });
      const others = [];
      for (const node of ['node-b', 'node-c', 'node-d']) {
        others.push(await settled(node, 'Running', { memory: '8Gi' }));
      }

      const printed = await drain('node-a', '--timeout=17s');

      expect(printed.code).toBe(1);
      expect(printed.stderr).toMatch(
        new RegExp(
          `Instance ${large.key} is being live-migrated off node "node-a" by LiveMigration drained-\\d+-drain-\\S+ ` +
            String.raw`\(Queued for \d+ s; no node is found for it: 0/4 nodes are available: .*Insufficient memory`,
        ),
      );
      const aborted = await large.endedFirst();
      expect(aborted.status?.phase).toBe('Aborted');
      expect((await notesOf(large)).join('\n')).toMatch(
        new RegExp(
          `^The drain can't move Instance ${large.key}: no node is found for it \\(0/4 nodes are available: .*\\)\\. ` +
            `LiveMigration ${aborted.metadata.name} is aborted, so that others have their turn; another one follows\\. ` +
            'Free or add a node that fits\\.$',
        ),
      );
      expect((await small.endedFirst()).status?.phase).toBe('Succeeded');
      // A node has room again: the drain that goes on moves the VM.
      const [first] = others;
      const drained = drain('node-a');
      await stage.kubectl(['delete', 'instance', first?.name ?? '', '-n', stage.namespace]);
      expect((await drained).code).toBe(0);
    },
    TIMEOUT,
  );

  /** What Events say that blocks its drain. */
  function notesOf({ name }: Play): Promise<string[]> {
    return waitFor('an Event tells it', async () => {
      const field = `reason=EvacuationBlocked,involvedObject.kind=Instance,involvedObject.name=${name}`;
      const template = 'jsonpath={range .items[*]}{.message}{"\\n"}{end}';
      const args = ['get', 'events', '-n', stage.namespace, '--field-selector', field, '-o', template];
      const { stdout } = await stage.kubectl(args);
      return stdout !== '' && stdout.trim().split('\n');
    });
  }

  it(
    'keeps the last 10 LiveMigrations that are over of those that drains have made, and all that people have',
    async () => {
      const migrations = new ResourceClient<KubeObject>(stage.admin, LIVE_MIGRATIONS);
      const { namespace } = stage;
      const names = Array.from({ length: 12 }, (_, index) => `moved-drain-pod-${index + 1}`);
      const all = ['of-alice', ...names];
      for (const name of all) {
        const labels = name === 'of-alice' ? {} : { [EVICTED_LABEL]: 'pod' };
        await migrations.create(aLiveMigration({ name, namespace, labels, spec: { instanceName: 'moved' } }));
      }

      for (const [index, name] of all.entries()) {
        const completionTime = new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString();
        const status = { observedGeneration: 1, phase: 'Succeeded', completionTime, transferMilliseconds: 7 };
        await migrations.mergePatch({ namespace, name }, { status }, { subresource: 'status' });
      }

      const left = await waitFor('two of them are gone', async () => {
        const { items } = await migrations.list({ namespace });
        const own = items.map(({ metadata }) => metadata.name).filter((name) => all.includes(name));
        return own.length <= 11 && own;
      });
      expect(left.toSorted()).toEqual(['of-alice', ...names.slice(2)].toSorted());
      await migrations.delete({ namespace, name: 'of-alice' });
    },
    TIMEOUT,
  );

  it(
    'is held by the budget of the anchors while medevac is down, and by medevac when it is back',
    async () => {
      const play = await settled('node-a', 'Running', { evacuation: { policy: 'Block' } });
      const [anchor] = await anchors(play);
      const name = anchor?.metadata.name ?? '';
      await runningAndCounted(play, name);
      await stage.operator.stop();

      const held = await drain('node-a', '--timeout=7s');
      await stage.restartOperator();

      expect(held.code).toBe(1);
      expect(held.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      expect((await anchors(play)).map(({ metadata }) => metadata.uid)).toEqual([anchor?.metadata.uid]);
      const blocked = await drain('node-a', '--timeout=7s');
      expect(blocked.stderr).toContain(
        `Instance ${play.key} stays on node "node-a": its spec.evacuation.policy is Block.`,
      );
      await play.instance('is blocked', (one) => conditionOf(one, 'Evacuating')?.reason === 'PolicyBlock');
    },
    TIMEOUT,
  );

  /** As kubelet and disruption controller say it, of which there is none here. */
  async function runningAndCounted(play: Play, name: string): Promise<void> {
    const { namespace } = stage;
    const conditions = [{ type: 'Ready', status: 'True' }];
    await pods.mergePatch(
      { namespace, name },
      { status: { phase: 'Running', conditions } },
      { subresource: 'status' },
    );
    const budgets = new ResourceClient<KubeObject & { metadata: { generation?: number } }>(
      stage.admin,
      BUDGETS,
    );
    const key = { namespace, name: `${play.name}-anchors` };
    const { metadata } = await budgets.get(key);
    const counts = { currentHealthy: 1, desiredHealthy: 2, expectedPods: 1, disruptionsAllowed: 0 };
    const status = { observedGeneration: metadata.generation, ...counts };
    await budgets.mergePatch(key, { status }, { subresource: 'status' });
  }
});
