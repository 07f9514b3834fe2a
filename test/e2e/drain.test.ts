import { afterEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { OVERRIDE_LABEL } from '../../src/domain/node/roles.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { clearTheStage, drain, gather, interruptibleDrain, mostAtOnce, nth } from './drained.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

describe('kubectl drain, on KubeVirt', () => {
  const scene = useStage('drained');
  const admin = (...args: readonly string[]) => kubectl(scene.stage.controlPlane, args);

  afterEach(() => clearTheStage(scene), 60_000);

  it('moves running and rescued VMs, two at a time, says whose turn it is, and ends with exit code 0', async () => {
    const inhabitants = await gather(scene, 'node-a', ['Running', 'Rescued', 'Running', 'Rescued']);

    const printed = await drain(scene, 'node-a');

    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('node/node-a drained') });
    expect(printed.stderr).toMatch(
      /is about to be live-migrated off node "node-a" \(attempt 1\)\.|is being live-migrated/,
    );
    expect(printed.stderr).toMatch(
      /waits for its turn to be live-migrated off node "node-a": place [12] in the queue\./,
    );
    for (const one of inhabitants) {
      expect(one.statesSince()).toEqual([one.state]);
      const { node, boot } = await one.whereabouts();
      expect(boot).toBe(one.boot);
      expect(node).not.toBe('node-a');
    }
    expect(mostAtOnce(inhabitants)).toBe(2);
  }, 150_000);

  it('is held by a rescued VM whose node can not send, says why everywhere, and goes on when a label changes', async () => {
    const [rescued] = await gather(scene, 'node-d', ['Rescued']);
    const text = `The drain can't move Instance ${rescued?.play.key ?? ''}: live migration of rescued instances is not supported by source node "node-d"`;

    const drained = drain(scene, 'node-d');
    await rescued?.play.instance('it is blocked', (instance) => {
      const { status, reason, message } = conditionOf(instance, 'Evacuating') ?? {};
      return status === 'True' && reason === 'SourceNotCapable' && message?.startsWith(text) === true;
    });
    await waitFor('Events of the Instance and of the node', async () => {
      const kinds = 'jsonpath={.items[*].involvedObject.kind}';
      const selector = ['--field-selector', 'reason=EvacuationBlocked'];
      const { stdout } = await admin('get', 'events', '-A', ...selector, '-o', kinds);
      return stdout.includes('Instance') && stdout.includes('Node');
    });
    await admin('label', 'node', 'node-d', `${OVERRIDE_LABEL.source}=true`);

    const printed = await drained;
    await admin('label', 'node', 'node-d', `${OVERRIDE_LABEL.source}-`);

    expect(printed.stderr).toContain(text);
    expect(printed.code).toBe(0);
    expect(await rescued?.whereabouts()).toMatchObject({ boot: rescued?.boot });
  }, 150_000);

  it('is held by a VM whose policy is Block; nobody is evicted, and nothing is moved', async () => {
    const [held] = await gather(scene, 'node-a', ['Running'], { evacuation: { policy: 'Block' } });

    const printed = await drain(scene, 'node-a', '--timeout=7s');

    expect(printed.code).toBe(1);
    expect(printed.stderr).toContain(
      `Instance ${held?.play.key ?? ''} stays on node "node-a": its spec.evacuation.policy is Block.`,
    );
    expect(await held?.whereabouts()).toEqual({ node: 'node-a', boot: held?.boot });
    expect(
      held?.play.observer.migrations.filter(({ object }) => object.spec.instanceName === held.play.name),
    ).toEqual([]);
  }, 90_000);

  it('is cancelled by uncordoning: what has not begun is aborted, and the VM stays', async () => {
    const [one] = await gather(scene, 'node-a', ['Running']);
    scene.stage.simulator?.fail(one?.play.key ?? '', { targetPod: 'stuck' });

    const printed = await drain(scene, 'node-a', '--timeout=7s');
    await admin('uncordon', 'node-a');

    expect(printed.code).toBe(1);
    const migration = await one?.play.endedFirst();
    expect(migration?.status).toMatchObject({ phase: 'Aborted', outcome: { node: 'node-a' } });
    expect(await one?.whereabouts()).toEqual({ node: 'node-a', boot: one?.boot });
  }, 90_000);

  it('that is ended with Ctrl-C begins nothing new; what is under way arrives, and a second one moves the others', async () => {
    const inhabitants = await gather(scene, 'node-a', ['Running', 'Running', 'Rescued']);
    for (const { play } of inhabitants) {
      // Longer than the drain is believed to go on that does not ask any more.
      scene.stage.simulator?.fail(play.key, { delays: { migrationMs: 36_000 } });
    }
    const { printed, ctrlC } = interruptibleDrain(scene, 'node-a');
    // kubectl asks for all of them at the same time: which ones come first is not said.
    const leaving = await waitFor('two are on their way', () => {
      const begun = inhabitants.filter(
        ({ play }) =>
          play.observer.instances.findLast(({ object }) => object.metadata.name === play.name)?.object.status
            ?.operation?.type === 'Migrate',
      );
      return begun.length === 2 && begun;
    });
    const waiting = nth(
      inhabitants.filter((one) => !leaving.includes(one)),
      0,
    );

    ctrlC();

    expect((await printed).code).not.toBe(0);
    for (const one of leaving) {
      expect((await one.play.endedFirst(60_000)).status?.phase).toBe('Succeeded');
      expect(await one.whereabouts()).not.toMatchObject({ node: 'node-a' });
    }
    expect(await waiting.whereabouts()).toEqual({ node: 'node-a', boot: waiting.boot });
    scene.stage.simulator?.fail(waiting.play.key, {});
    const again = Math.floor(Date.now() / 1_000) * 1_000;
    expect((await drain(scene, 'node-a')).code).toBe(0);
    const migration = await waiting.play.endedFirst();
    expect(Date.parse(migration.metadata.creationTimestamp)).toBeGreaterThanOrEqual(again);
  }, 180_000);

  it('tries a VM again 20 s after its migration has failed, and says so meanwhile', async () => {
    const one = nth(await gather(scene, 'node-a', ['Rescued']), 0);
    scene.stage.simulator?.fail(one.play.key, { migrationFails: 'the guest CPU does not match' });
    const drained = drain(scene, 'node-a');
    const failed = await one.play.endedFirst();
    scene.stage.simulator?.fail(one.play.key, {});

    const printed = await drained;

    expect(failed.status?.phase).toBe('Failed');
    expect(printed.code).toBe(0);
    expect(printed.stderr).toMatch(
      /is still on node "node-a": 1 live migration\(s\) of it did not succeed\. The next begins in \d+ s; its LiveMigrations say why\./,
    );
    const second = one.play.observer.migrations.findLast(
      ({ object }) => object.spec.instanceName === one.play.name,
    )?.object.metadata;
    expect(second?.name).toMatch(/-2$/);
    const pause =
      Date.parse(second?.creationTimestamp ?? '') - Date.parse(failed.status?.completionTime ?? '');
    // What the API server says of a creation is cut to seconds.
    expect(pause).toBeGreaterThan(19_000);
    expect(pause).toBeLessThan(30_000);
    expect(one.statesSince()).toEqual(['Rescued']);
    expect(await one.whereabouts()).toMatchObject({ boot: one.boot });
  }, 150_000);

  it('ends well when the operator is killed in the middle and started again', async () => {
    const inhabitants = await gather(scene, 'node-b', ['Running', 'Rescued']);

    const drained = drain(scene, 'node-b');
    await inhabitants[0]?.play.instance('it is on its way', isMigrating);
    await scene.stage.operator.stop('SIGKILL');
    await scene.stage.restartOperator();

    expect((await drained).code).toBe(0);
    for (const one of inhabitants) {
      expect(await one.whereabouts()).toMatchObject({
        boot: one.boot,
        node: expect.stringMatching(/node-[acd]/),
      });
      expect(one.statesSince()).toEqual([one.state]);
    }
  }, 150_000);

  it('while medevac is down is held by KubeVirt, and carried out when medevac is back', async () => {
    const [one] = await gather(scene, 'node-a', ['Rescued']);
    await scene.stage.operator.stop();
    const printed = await drain(scene, 'node-a', '--timeout=7s');
    await scene.stage.restartOperator();

    expect(printed.code).toBe(1);
    expect(printed.stderr).toContain('Eviction triggered evacuation of VMI');
    expect((await one?.play.endedFirst())?.status).toMatchObject({ phase: 'Succeeded' });
    expect(await one?.whereabouts()).toMatchObject({
      boot: one?.boot,
      node: expect.stringMatching(/node-[bc]/),
    });
  }, 150_000);

  it('while medevac is down, and cancelled before it is back, moves nothing', async () => {
    const [one] = await gather(scene, 'node-a', ['Running']);
    await scene.stage.operator.stop();
    await drain(scene, 'node-a', '--timeout=7s');
    await admin('uncordon', 'node-a');
    await scene.stage.restartOperator();

    await waitFor('KubeVirt’s mark is taken back', async () => {
      const path = 'jsonpath={.status.evacuationNodeName}';
      const { code, stdout } = await admin(
        'get',
        'vmi',
        '-n',
        scene.stage.namespace,
        one?.play.name ?? '',
        '-o',
        path,
      );
      return code === 0 && stdout === '';
    });
    expect(await one?.whereabouts()).toEqual({ node: 'node-a', boot: one?.boot });
  }, 150_000);

  it('of two nodes at once ends well: no VM goes to the other one', async () => {
    const first = await gather(scene, 'node-a', ['Running', 'Rescued']);
    const second = await gather(scene, 'node-b', ['Running', 'Rescued']);

    const printed = await Promise.all([drain(scene, 'node-a'), drain(scene, 'node-b')]);

    expect(printed.map(({ code }) => code)).toEqual([0, 0]);
    for (const one of [...first, ...second]) {
      const { node, boot } = await one.whereabouts();
      expect(boot).toBe(one.boot);
      expect(['node-c', 'node-d']).toContain(node);
    }
  }, 150_000);
});

function isMigrating({ status }: Instance): boolean {
  return status?.operation?.type === 'Migrate';
}
