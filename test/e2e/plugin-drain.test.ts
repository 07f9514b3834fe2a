import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Plugin } from '../support/plugin.ts';
import { clearTheStage, drain, gather, slowDown } from './drained.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

describe('kubectl medevac drain-status, on KubeVirt', () => {
  const scene = useStage('watched');
  let plugin: Plugin;

  beforeAll(async () => {
    plugin = await Plugin.install(scene.stage.controlPlane);
  });
  afterEach(() => clearTheStage(scene), 60_000);

  it('follows a drain to its end, each change once and without control characters, and ends with 0', async () => {
    const inhabitants = await gather(scene, 'node-a', ['Running', 'Rescued']);
    const [running, rescued] = inhabitants;
    // The plugin takes its time to start, and must find them on their way.
    slowDown(
      scene,
      inhabitants.map(({ play }) => play.key),
      12_000,
    );
    const drained = drain(scene, 'node-a');
    await running?.play.instance('it is asked to leave', ({ status }) => status?.evacuation !== undefined);

    const { code, stdout, stderr } = await plugin.run(['drain-status', 'node-a']);

    expect((await drained).code).toBe(0);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
    expect(stdout).toMatch(/^NAMESPACE +NAME +OUTCOME +PHASE +PROGRESS +TO +NOTE\n/);
    expect(stdout).toMatch(/ Migrating +Running +\d+s +node-[bcd] +-\n/);
    const blocks = stdout.split('\n\n');
    expect(new Set(blocks.map((block) => block.replaceAll(/\d+s/g, 's'))).size).toBe(blocks.length);
    for (const one of [running, rescued]) {
      expect(blocks.at(-1)).toMatch(
        new RegExp(`team-a +${one?.play.name ?? ''} +Migrated +Succeeded +\\d+s +node-[bcd] `),
      );
    }
    expect(stdout).toMatch(/\nNo Instance is on node node-a any more\.\n$/);
  }, 150_000);

  it('ends with 1 when the drain has ended with a VM blocked, and says which and why', async () => {
    const [held] = await gather(scene, 'node-a', ['Running'], { evacuation: { policy: 'Block' } });
    const drained = drain(scene, 'node-a', '--timeout=7s');
    await held?.play.instance(
      'it is blocked',
      (instance) => conditionOf(instance, 'Evacuating')?.reason === 'PolicyBlock',
    );

    const { code, stdout, stderr } = await plugin.run(['drain-status', 'node-a']);

    expect((await drained).code).toBe(1);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `Instance ${held?.play.key ?? ''} stays on node "node-a": its spec.evacuation.policy is Block.`,
    );
    expect(stderr).toBe(
      'error: The drain of node node-a has ended, or was not begun: 1 Instance(s) are still on it. ' +
        'kubectl drain node-a goes on with it.\n',
    );
    expect(await plugin.run(['drain-status', 'node-x'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: There is no node node-x. kubectl get nodes shows those that there are.\n',
    });
  }, 150_000);
});
