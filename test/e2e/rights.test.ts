import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import { aRescue } from '../builders/instance.ts';
import { deploymentManifests } from '../support/install.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOlderApiServer } from '../support/older-api-server.ts';
import { startOperator, type RunningOperator } from '../support/operator.ts';
import { forbiddenTo, grantedRights, usedRights } from '../support/rights.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { drain, gather, interruptibleDrain, nth } from './drained.ts';
import { Machines } from './machines.ts';
import { conditionOf, Play } from './play.ts';
import { useStage, type Scene } from './use-stage.ts';

const LONG = 150_000;

const LOST =
  'asked a minute after an order whose answer was lost: test/unit/drivers/kubevirt/ended-boots.test.ts, run-orders.test.ts';

/** Rights that no story below uses, each with the reason why they are granted all the same. */
const UNSEEN: Readonly<Record<string, string>> = {
  'ClusterRoleBinding "medevac": get virtualmachineinstances.kubevirt.io': LOST,
  'ClusterRoleBinding "medevac": get virtualmachines.kubevirt.io': LOST,
  'ClusterRoleBinding "medevac": update virtualmachineinstances.subresources.kubevirt.io/evacuate/cancel':
    'virt-api asks for it; the API server, whose log this is, asks for the first part of the path alone',
};

const TAKES_MARKS_BACK =
  'ClusterRoleBinding "medevac": update virtualmachineinstances.subresources.kubevirt.io/evacuate';

/** What the audit logs have said, of both stages. */
const used = new Set<string>();
const forbidden: string[] = [];

async function note({ controlPlane }: Stage): Promise<void> {
  const log = await controlPlane.auditLog();
  for (const right of usedRights(log, OPERATOR_USER)) used.add(right);
  forbidden.push(...forbiddenTo(log, OPERATOR_USER));
}

/** Another operator takes the place of that of the stage, and finds an API server that offers no watch-list. */
async function succeed(
  { controlPlane, admin, driver, operator }: Stage,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly operator: RunningOperator; readonly close: () => Promise<void> }> {
  const proxy = await startOlderApiServer(controlPlane);
  await operator.stop();
  const successor = await startOperator({
    controlPlane,
    admin,
    driver,
    identity: 'successor',
    settings: { ...settings, kubeconfig: proxy.kubeconfig },
  });
  await successor.caughtUp();
  const close = async () => {
    await successor.stop();
    await proxy.close();
  };
  return { operator: successor, close };
}

describe('an operator on KubeVirt with its own rights', () => {
  const scene = useStage('rightful', { settings: { 'drain-kept-migrations': '1' } });

  describe('that finds an API server without watch-list', () => {
    tellStories(scene);
  });
});

function tellStories(scene: Scene): void {
  let successor: Awaited<ReturnType<typeof succeed>>;

  beforeAll(async () => {
    // Another name in the certificate has it issued anew.
    const settings = { 'drain-kept-migrations': '1', 'webhook-hosts': '127.0.0.1,medevac.example' };
    successor = await succeed(scene.stage, settings);
  }, LONG);
  afterEach(() => note(scene.stage));
  afterAll(() => successor.close());

  it(
    'rescues, migrates, aborts and unrescues',
    async () => {
      const play = scene.act();
      await play.running();
      await play.apply({ rescue: aRescue() });
      await play.settled('Rescued');
      await play.ended(await play.migrate('away'));
      scene.stage.simulator?.fail(play.key, { delays: { migrationMs: 30_000 } });
      const name = await play.migrate('back');
      await play.transferring(name);
      await expect(play.migrate('too')).rejects.toThrow(`is being migrated already by LiveMigration ${name}`);
      await play.accepted(['patch', 'lm', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);
      expect((await play.ended(name)).status?.phase).toBe('Aborted');
      await play.apply();
      await play.settled('Running');
    },
    LONG,
  );

  it(
    'takes over a VM, and tells once more what it has told before it was started again',
    async () => {
      const play = scene.act();
      const machines = new Machines(scene.stage.admin, scene.stage.namespace);
      const firmware = { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'FOREIGN-1' };
      await machines.create(play.name, { firmware, macAddress: '52:54:00:12:34:56' });
      await play.apply();
      await play.instance(
        'it is not ours',
        (instance) => conditionOf(instance, 'Stalled')?.reason === 'NotOwned',
      );
      await successor.operator.restart();
      await successor.operator.caughtUp();
      const args = ['annotate', 'inst', play.name, `${ADOPT_ANNOTATION}=true`, '-n', scene.stage.namespace];
      expect(await kubectl(scene.stage.controlPlane, args)).toMatchObject({ code: 0 });
      await play.settled('Running');
    },
    LONG,
  );

  it(
    'drains a node twice, one drain cancelled, and another one that was begun while it was away',
    async () => {
      const one = nth(await gather(scene, 'node-a', ['Running']), 0);
      const { play } = one;
      const admin = (...args: readonly string[]) => kubectl(scene.stage.controlPlane, args);
      expect((await drain(scene, 'node-a')).code).toBe(0);
      await admin('uncordon', 'node-a');
      const second = (await one.whereabouts()).node;
      expect((await drain(scene, second)).code).toBe(0);
      await admin('uncordon', second);
      scene.stage.simulator?.fail(play.key, { targetPod: 'stuck' });
      const third = (await one.whereabouts()).node;
      await drain(scene, third, '--timeout=7s');
      await admin('uncordon', third);
      await waitFor('the drain is cancelled', () =>
        play.observer.migrations.some(({ object }) => object.status?.phase === 'Aborted'),
      );
      const markIs = (node: string) =>
        waitFor(`KubeVirt’s mark is "${node}"`, async () => {
          const path = ['-o', 'jsonpath={.status.evacuationNodeName}'];
          const { code, stdout } = await admin('get', 'vmi', '-n', scene.stage.namespace, play.name, ...path);
          return code === 0 && stdout === node;
        });
      await markIs('');
      await successor.operator.stop();
      const drained = interruptibleDrain(scene, third);
      await markIs(third);
      drained.ctrlC();
      await drained.printed;
      await admin('uncordon', third);
      await successor.operator.restart();
      await markIs('');
      // What a request has changed is seen before the request is in the log.
      await waitFor('who took it back is in the log', async () => {
        await note(scene.stage);
        return used.has(TAKES_MARKS_BACK);
      });
    },
    LONG,
  );
}

describe('an operator with its own rights, where Kubernetes places VMs', () => {
  let stage: Stage;
  let successor: Awaited<ReturnType<typeof succeed>>;

  beforeAll(async () => {
    stage = await raiseStage('memory', { placement: 'ByScheduler' });
    successor = await succeed(stage, { 'memory-placement': 'ByScheduler' });
  }, LONG);
  afterEach(() => note(stage));
  afterAll(async () => {
    await successor.close();
    await stage.close();
  }, LONG);

  it(
    'makes a VM, rescues it, migrates it, and removes it',
    async () => {
      const play = new Play(stage, 'placed');
      await play.rescued();
      expect((await play.ended(await play.migrate('away'))).status?.phase).toBe('Succeeded');
      await play.accepted(['delete', 'inst', play.name]);
      await play.close();
    },
    LONG,
  );
});

describe('the rights of the operator', () => {
  it('were enough for all of that', () => {
    expect(forbidden).toEqual([]);
  });

  it('were all used, but for those of which it is known why not', () => {
    const granted = grantedRights(
      deploymentManifests({ namespace: OPERATOR_NAMESPACE, placement: 'ByScheduler' }),
    );
    expect(granted.filter((right) => !used.has(right))).toEqual(Object.keys(UNSEEN).toSorted());
    expect([...used].filter((right) => !granted.includes(right))).toEqual([]);
  });
});
