import { afterEach, describe, expect, it } from '@jest/globals';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { DRAINED_NODE_LABEL } from '../../src/api/names.ts';
import { aDisk } from '../builders/instance.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import {
  clearTheStage,
  drain,
  gather,
  inFlight,
  interruptibleDrain,
  nth,
  setCordon,
  slowDown,
  type Inhabitant,
} from './drained.ts';
import { Machines } from './machines.ts';
import { useStage } from './use-stage.ts';

const STORY = 150_000;

describe('kubectl drain, on KubeVirt, while others act on the same nodes and VMs', () => {
  const scene = useStage('disturbed', {
    settings: { 'drain-kept-migrations': '1', 'drain-search-seconds': '3' },
  });
  const admin = (...args: readonly string[]) => kubectl(scene.stage.controlPlane, args);

  afterEach(() => clearTheStage(scene), 60_000);

  it(
    'to a node that is cordoned while VMs are on their way there: they arrive, and the others go elsewhere',
    async () => {
      const inhabitants = await gather(scene, 'node-a', ['Rescued', 'Rescued', 'Rescued']);
      slowDown(scene, keysOf(inhabitants), 6_000);
      const drained = drain(scene, 'node-a');
      const [first, second] = await inFlight(inhabitants, 2);

      await setCordon(scene, first?.destination ?? '', true);

      expect((await drained).code).toBe(0);
      const nodes = await Promise.all(inhabitants.map(async (one) => (await one.whereabouts()).node));
      const waited = inhabitants.findIndex((one) => one !== first?.one && one !== second?.one);
      expect(await first?.one.whereabouts()).toEqual({ node: first?.destination, boot: first?.one.boot });
      expect(['node-b', 'node-c']).toContain(nodes[waited]);
      expect(nodes[waited]).not.toBe(first?.destination);
      for (const one of inhabitants) expect(one.statesSince()).toEqual(['Rescued']);
    },
    STORY,
  );

  it(
    'of a node that is a destination of another drain: what is on its way arrives, and leaves again',
    async () => {
      const inhabitants = await gather(scene, 'node-a', ['Running', 'Running']);
      slowDown(scene, keysOf(inhabitants), 6_000);
      const first = drain(scene, 'node-a');
      const { one, destination } = nth(await inFlight(inhabitants, 2), 0);

      const second = drain(scene, destination);

      const [{ code: firstCode }, { code, stderr }] = await Promise.all([first, second]);
      expect([firstCode, code]).toEqual([0, 0]);
      expect(stderr).toContain(
        `Instance ${one.play.key} is not in this pod: its VM is on node "node-a". ` +
          'The pod ends with the live migration that it belongs to.',
      );
      for (const each of inhabitants) {
        const { node, boot } = await each.whereabouts();
        expect(boot).toBe(each.boot);
        expect(['node-a', destination]).not.toContain(node);
        expect(each.statesSince()).toEqual(['Running']);
      }
      await waitFor('the older LiveMigration is pruned', async () => (await migrationsOf(one)).length === 1);
      expect(nth(await migrationsOf(one), 0)).toMatchObject({
        metadata: { labels: { [DRAINED_NODE_LABEL]: destination } },
        status: {
          phase: 'Succeeded',
          source: { node: destination },
          startTime: expect.any(String),
          completionTime: expect.any(String),
          transferMilliseconds: expect.any(Number),
        },
      });
    },
    STORY,
  );

  it(
    'whose LiveMigrations are deleted before they begin: another follows while it goes on, and none when it has ended',
    async () => {
      const one = nth(await gather(scene, 'node-a', ['Running']), 0);
      scene.stage.simulator?.fail(one.play.key, { targetPod: 'stuck' });
      const { printed, ctrlC } = interruptibleDrain(scene, 'node-a');
      const first = await preparing(one);
      await cancel();
      const second = await preparing(one, first.metadata.uid);
      expect(second.metadata.name).toBe(first.metadata.name);

      ctrlC();
      await printed;
      await cancel();

      await waitFor('nobody asks for it any more', () => evacuationOf(one) === undefined, {
        timeoutMs: 45_000,
      });
      expect(await one.whereabouts()).toEqual({ node: 'node-a', boot: one.boot });
      const made = one.play.observer.migrations.filter(
        ({ object }) => object.spec.instanceName === one.play.name,
      );
      expect(new Set(made.map(({ object }) => object.metadata.uid)).size).toBe(2);
      expect(one.statesSince()).toEqual(['Running']);
    },
    STORY,
  );

  /** As an admin types it. */
  async function cancel(): Promise<void> {
    const { namespace } = scene.stage;
    const { code } = await admin('delete', 'lm', '-n', namespace, '-l', `${DRAINED_NODE_LABEL}=node-a`);
    expect(code).toBe(0);
  }

  /** Its LiveMigration that has not begun, but for the one of that uid. */
  function preparing({ play }: Inhabitant, uid?: string): Promise<LiveMigration> {
    return play.observer.until(
      'a LiveMigration waits for its pod',
      () =>
        play.observer.migrations
          .map(({ object }) => object)
          .find(
            ({ metadata, spec, status }) =>
              metadata.uid !== uid && spec.instanceName === play.name && status?.phase === 'Preparing',
          ),
      30_000,
    );
  }

  async function migrationsOf({ play }: Inhabitant): Promise<LiveMigration[]> {
    const { stdout } = await scene.stage.kubectl(['get', 'lm', '-n', scene.stage.namespace, '-o', 'json']);
    const { items } = JSON.parse(stdout) as { items: LiveMigration[] };
    return items.filter(({ spec }) => spec.instanceName === play.name);
  }

  it(
    'of a VM that kube-scheduler finds no node for: KubeVirt gives up in time for others, and it moves when there is room',
    async () => {
      const one = nth(await gather(scene, 'node-a', ['Rescued']), 0);
      const others = ['node-b', 'node-c', 'node-d'];
      await admin('taint', 'node', ...others, 'dedicated=others:NoSchedule');
      const drained = drain(scene, 'node-a');

      const given = await waitFor('it is given up', async () =>
        (await migrationsOf(one)).find(({ status }) => status?.phase === 'Failed'),
      );
      await admin('taint', 'node', ...others, 'dedicated-');

      const { metadata, status } = given;
      const tookMs = Date.parse(status?.completionTime ?? '') - Date.parse(metadata.creationTimestamp);
      expect(tookMs).toBeLessThan(30_000);
      expect((await drained).code).toBe(0);
      const { node, boot } = await one.whereabouts();
      expect(boot).toBe(one.boot);
      expect(['node-b', 'node-c']).toContain(node);
      expect(one.statesSince()).toEqual(['Rescued']);
    },
    STORY,
  );

  it(
    'of a VM that KubeVirt can not move: it says so in the words of KubeVirt, and the VM runs on',
    async () => {
      await new Machines(scene.stage.admin, scene.stage.namespace).createClaim('alone', 'ReadWriteOnce');
      const disks = [aDisk({ source: { persistentVolumeClaim: { claimName: 'alone' } } })];
      const one = nth(await gather(scene, 'node-a', ['Running'], { disks }), 0);

      const { code, stderr } = await drain(scene, 'node-a', '--timeout=3s');

      expect(code).toBe(1);
      expect(stderr).toContain(
        `The drain can't move Instance ${one.play.key}: driver kubevirt can't move this VM live: cannot migrate VMI: ` +
          'PVC alone is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode) ' +
          '(DisksNotLiveMigratable). Change what stands in the way, and the drain goes on.',
      );
      expect(await one.whereabouts()).toEqual({ node: 'node-a', boot: one.boot });
    },
    STORY,
  );
});

/** What is noted of its eviction. */
function evacuationOf({ play }: Inhabitant) {
  const seen = play.observer.instances.findLast(({ object }) => object.metadata.name === play.name);
  return seen?.object.status?.evacuation;
}

function keysOf(inhabitants: readonly Inhabitant[]): string[] {
  return inhabitants.map(({ play }) => play.key);
}
