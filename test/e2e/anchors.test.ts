import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, VM_HOST_LABEL } from '../../src/api/names.ts';
import { NODES, PODS } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { anchorsOf, budgetsIn, type Anchor } from '../support/anchors.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

const TIMEOUT = 60_000;

/** kube-scheduler places the VMs; the driver is one that is told where to make them, and has no hosts but the Nodes. */
describe('an Instance that Kubernetes places', () => {
  let stage: Stage;
  let play: Play;
  let plays = 0;
  let pods: ResourceClient<KubeObject>;

  beforeAll(async () => {
    stage = await raiseStage('memory', { placement: 'ByScheduler' });
    pods = new ResourceClient(stage.admin, PODS);
  }, 120_000);
  afterAll(() => stage.close(), 120_000);
  beforeEach(() => {
    plays += 1;
    play = new Play(stage, `vm-${plays}`);
  });
  afterEach(async () => {
    await play.accepted(['delete', 'inst', play.name, '--ignore-not-found', '--wait=false']);
    await play.close();
  });

  const anchors = () => anchorsOf(stage.admin, { namespace: stage.namespace, name: play.name });

  /** Waits until exactly these nodes hold a place for the VM. */
  const anchoredOn = (...nodes: readonly (string | undefined)[]): Promise<Anchor[]> =>
    waitFor(`anchors on ${nodes.join(', ')}`, async () => {
      const found = await anchors();
      return String(found.map(({ spec }) => spec.nodeName).toSorted()) === String(nodes.toSorted()) && found;
    });

  const remove = (name: string) => pods.delete({ namespace: stage.namespace, name });

  async function setNode(name: string, spec: object): Promise<void> {
    await new ResourceClient(stage.admin, NODES).mergePatch({ namespace: '', name }, spec);
  }

  it(
    'runs on the node of its anchor, which takes what the VM takes and goes with the Instance',
    async () => {
      await play.apply({ memory: '1Gi', cpu: { cores: 2 } });
      const { metadata, status } = await play.settled('Running');

      const [anchor] = await anchoredOn(status?.node);
      expect(status?.placement).toEqual({ node: status?.node });
      expect(anchor?.metadata.ownerReferences).toEqual([
        { kind: 'Instance', name: play.name, uid: metadata.uid },
      ]);
      expect(anchor?.spec.nodeSelector).toMatchObject({ [VM_HOST_LABEL]: 'true' });
      const overhead = 160 * 2 ** 20 + 2 * 8 * 2 ** 20 + 2 ** 21;
      expect(anchor?.spec.containers[0]?.resources.requests).toEqual({
        cpu: '2',
        memory: String(2 ** 30 + overhead),
      });
      const budget = (await budgetsIn(stage.admin, stage.namespace)).find(
        ({ spec }) => spec.selector.matchLabels['compute.medevac.dev/instance'] === play.name,
      );
      expect(budget?.spec.minAvailable).toBe(2);
    },
    TIMEOUT,
  );

  it(
    'waits for a node in the words of kube-scheduler, and starts when it fits',
    async () => {
      await play.apply({ memory: '1Ti' });
      const waiting = await play.instance(
        'waits for placement',
        (one) => conditionOf(one, 'Ready')?.message.includes('Insufficient memory') === true,
      );
      expect(waiting.status?.state).toBe('Pending');
      expect(conditionOf(waiting, 'Reconciling')).toMatchObject({
        status: 'True',
        reason: 'WaitingForPlacement',
      });
      expect(conditionOf(waiting, 'Ready')?.message).toMatch(
        /^No node is found for the VM of Instance team-a\/vm-\d+: 0\/4 nodes are available: .*Insufficient memory.*\. Free or add a node that fits its size and spec\.placement, or change these; it goes on by itself then\.$/,
      );

      await play.apply({ memory: '1Gi' });

      await play.settled('Running');
    },
    TIMEOUT,
  );

  it(
    'has a second anchor while it is migrated rescued, to a capable node alone, and one when that is over',
    async () => {
      const source = (await play.rescued()).status?.node;
      const mark = play.mark();

      const name = await play.migrate('away');
      await play.transferring(name);
      const both = await anchors();
      const migration = await play.ended(name);

      const destination = migration.status?.outcome?.node;
      expect(migration.status).toMatchObject({ phase: 'Succeeded', source: { node: source } });
      expect(both.map(({ spec }) => spec.nodeName).toSorted()).toEqual([source, destination].toSorted());
      const second = both.find(({ spec }) => spec.nodeName === destination);
      expect(second?.spec.nodeSelector).toMatchObject({ [DESTINATION_LABEL]: 'true' });
      await anchoredOn(destination);
      await play.instance('has moved', ({ status }) => status?.placement?.node === destination);
      expect(play.statesSince(mark)).toEqual(['Rescued']);
    },
    TIMEOUT,
  );

  it(
    'keeps the anchor of its source, and no other, when the migration fails',
    async () => {
      play = new Play(stage, `${play.name}-migration-fails`);
      const source = (await play.running()).status?.node;

      const migration = await play.ended(await play.migrate('away'));

      expect(migration.status).toMatchObject({ phase: 'Failed', outcome: { node: source } });
      await anchoredOn(source);
    },
    TIMEOUT,
  );

  it(
    'waits in Queued for a destination that fits, and can be aborted there',
    async () => {
      const source = (await play.running()).status?.node;
      const nowhere = { nodeSelector: { 'example.com/there': 'is-none' } };

      const name = await play.migrate('away', { destination: nowhere });
      const waiting = await play.migrationUntil(
        name,
        'waits',
        (one) => conditionOf(one, 'Reconciling')?.message.includes('0/4 nodes') === true,
      );
      expect(waiting.status?.phase).toBe('Queued');
      expect(conditionOf(waiting, 'Reconciling')?.reason).toBe('WaitingForPlacement');
      await play.accepted(['patch', 'lm', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);

      expect((await play.ended(name)).status?.phase).toBe('Aborted');
      await anchoredOn(source);
    },
    TIMEOUT,
  );

  it(
    'is left alone when its anchor is deleted, which is made again where the VM is',
    async () => {
      const { status } = await play.running();
      const [lost] = await anchoredOn(status?.node);
      const mark = play.mark();

      await remove(lost?.metadata.name ?? '');

      const again = await waitFor('another anchor', async () => {
        const [found] = await anchors();
        return found?.spec.nodeName !== undefined && found.metadata.uid !== lost?.metadata.uid && found;
      });
      expect(again.spec.nodeName).toBe(status?.node);
      expect(play.statesSince(mark).filter((state) => state !== 'Running')).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'says that its anchor is missing where it does not fit any more, and runs on',
    async () => {
      const { status } = await play.running();
      const node = status?.node ?? '';
      const [lost] = await anchoredOn(node);

      await setNode(node, { spec: { unschedulable: true } });
      await remove(lost?.metadata.name ?? '');

      const missing = await play.instance(
        'says so',
        (one) => conditionOf(one, 'Anchored')?.message.includes('unschedulable') === true,
      );
      expect(conditionOf(missing, 'Anchored')).toMatchObject({ status: 'False', reason: 'AnchorMissing' });
      expect(missing.status).toMatchObject({ state: 'Running', node });
      expect(conditionOf(missing, 'Ready')?.status).toBe('True');
      await setNode(node, { spec: { unschedulable: null } });
      await play.instance(
        'is anchored again',
        (one) => conditionOf(one, 'Anchored')?.status === 'True' && one.status?.node === node,
      );
    },
    TIMEOUT,
  );

  it(
    'takes no place while it is stopped, and starts again where it is stored',
    async () => {
      const { status } = await play.running();

      await play.apply({ powerState: 'Stopped' });
      await play.settled('Stopped');
      await anchoredOn();
      await play.apply();

      expect((await play.settled('Running')).status?.node).toBe(status?.node);
      await anchoredOn(status?.node);
    },
    TIMEOUT,
  );

  it(
    'says in the words of the API server that a quota leaves no room for its anchor',
    async () => {
      const hard = { 'requests.memory': '1Mi' };
      const path = `/api/v1/namespaces/${stage.namespace}/resourcequotas`;
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard } };
      await stage.admin.request({ method: 'POST', path, body: quota });
      // No controller counts here what is used.
      await stage.admin.request({
        method: 'PATCH',
        path: `${path}/small/status`,
        contentType: 'application/merge-patch+json',
        body: { status: { hard, used: { 'requests.memory': '0' } } },
      });
      await play.apply();

      const waiting = await play.instance(
        'waits for the quota',
        (one) => conditionOf(one, 'Ready')?.message.includes('forbidden') === true,
      );
      expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'False', reason: 'WaitingForPlacement' });
    },
    TIMEOUT,
  );
});
