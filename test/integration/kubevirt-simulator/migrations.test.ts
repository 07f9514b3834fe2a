import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scenarios } from '../../kubevirt-simulator/replay/scenarios.ts';
import { ReplayBench } from './bench.ts';

describe('the simulator does what the real virt-api and virt-controller did: migrations', () => {
  let bench: ReplayBench;

  beforeAll(async () => {
    bench = await ReplayBench.start();
  }, 90_000);

  afterAll(async () => {
    await bench.stop();
  });

  it.each(scenarios.migrations)(
    '%s',
    async (scenario) => {
      expect(await bench.replay(scenario)).toStrictEqual([]);
    },
    120_000,
  );
});
