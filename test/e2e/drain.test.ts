import { describe, expect, it } from '@jest/globals';
import { drain, gather } from './drained.ts';
import { useStage } from './use-stage.ts';

describe('kubectl drain, on KubeVirt', () => {
  const scene = useStage('drained');

  it('moves a running and a rescued VM, and ends with exit code 0', async () => {
    const [running, rescued] = await gather(scene, 'node-a', ['Running', 'Rescued']);

    const printed = await drain(scene, 'node-a');

    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('node/node-a drained') });
    for (const one of [running, rescued]) {
      expect(one?.statesSince()).toEqual([one?.state]);
      expect(await one?.whereabouts()).toMatchObject({
        boot: one?.boot,
        node: expect.not.stringContaining('node-a'),
      });
    }
  }, 120_000);
});
