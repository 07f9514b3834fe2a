import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { DRAINED_NODE_LABEL } from '../../src/api/names.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import type { Observer } from '../support/observer.ts';
import { Plugin } from '../support/plugin.ts';
import { waitFor } from '../support/wait.ts';
import { clearTheStage, gather, interruptibleDrain, type Inhabitant } from './drained.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

/** It is in the name of the suite, so that a failure can be played again. */
const SEED = Number(process.env['MEDEVAC_RANDOM_SEED'] ?? Date.now() % 2 ** 31);

const [{ perSource, perCluster } = { perSource: 1, perCluster: 2 }] = fc.sample(
  fc.record({ perSource: fc.integer({ min: 1, max: 2 }), perCluster: fc.integer({ min: 2, max: 3 }) }),
  { seed: SEED, numRuns: 1 },
);
const CLUSTERS = fc.sample(
  fc.record({
    drained: fc.constantFrom(['node-a'], ['node-b'], ['node-d'], ['node-a', 'node-d']),
    vms: fc.array(
      fc.record({
        turn: fc.nat({ max: 1 }),
        state: fc.constantFrom('Running', 'Rescued'),
        policy: fc.constantFrom('LiveMigrate', 'LiveMigrate', 'LiveMigrate', 'Block'),
        priority: fc.integer({ min: -1, max: 1 }),
      }),
      { minLength: 3, maxLength: 5 },
    ),
  }),
  { seed: SEED, numRuns: 2 },
);

const Plan = z.object({
  vms: z.array(
    z.object({
      name: z.string(),
      candidates: z.array(z.string()),
      blocked: z.object({ reason: z.string(), message: z.string() }).optional(),
    }),
  ),
});
type Planned = z.infer<typeof Plan>['vms'][number];

describe(`kubectl drain of random clusters, on KubeVirt, seed ${SEED}`, () => {
  const settings = {
    'drain-limit-per-source': String(perSource),
    'drain-limit-per-cluster': String(perCluster),
  };
  const scene = useStage('random', { settings });
  let plugin: Plugin;

  beforeAll(async () => {
    plugin = await Plugin.install(scene.stage.controlPlane);
  });
  afterEach(() => clearTheStage(scene), 60_000);

  it.each(CLUSTERS.map(({ drained, vms }) => ({ name: drained.join(' and '), drained, vms })))(
    'ends as drain-plan has said, within the limits and without a boot: $name',
    async ({ drained, vms }) => {
      const inhabitants: Inhabitant[] = [];
      for (const { turn, state, ...evacuation } of vms) {
        const node = drained[turn % drained.length] ?? '';
        inhabitants.push(...(await gather(scene, node, [state], { evacuation })));
      }
      // All are cordoned before the first VM is asked for, as the plan for the last one takes it.
      for (const node of drained) await plugin.kubectl(['cordon', node]);
      const { stdout } = await plugin.run(['drain-plan', ...drained, '-o', 'json']);
      const planned = Plan.parse(JSON.parse(stdout)).vms;

      const drains = drained.map((node) => interruptibleDrain(scene, node));
      await waitFor('all are away or blocked', () => allDone(inhabitants, planned), { timeoutMs: 90_000 });
      for (const { ctrlC } of drains) ctrlC();
      const printed = (await Promise.all(drains.map((one) => one.printed)))
        .map(({ stderr }) => stderr)
        .join('');

      for (const one of inhabitants) {
        expect((await one.whereabouts()).boot).toBe(one.boot);
        expect(one.statesSince()).toEqual([one.state]);
      }
      for (const { blocked } of planned) expect(printed).toContain(blocked?.message ?? '');
      expect(exceeded(inhabitants[0]?.play.observer)).toEqual([]);
    },
    150_000,
  );
});

async function allDone(inhabitants: readonly Inhabitant[], planned: readonly Planned[]): Promise<boolean> {
  const done = await Promise.all(
    planned.map(async ({ name, candidates, blocked }) => {
      const one = inhabitants.find(({ play }) => play.name === name);
      const seen = one?.play.observer.instances.findLast(
        ({ object }) => object.metadata.name === name,
      )?.object;
      if (one === undefined || seen === undefined) return false;
      if (blocked === undefined) return candidates.includes((await one.whereabouts()).node);
      const { reason, message } = conditionOf(seen, 'Evacuating') ?? {};
      return reason === blocked.reason && message === blocked.message;
    }),
  );
  return done.every(Boolean);
}

/** What each event of the watch has shown beyond the limits. */
function exceeded(observer: Observer | undefined): string[] {
  const underWay = new Map<string, string>();
  return (observer?.migrations ?? []).flatMap(({ type, object: { metadata, status } }) => {
    const node = metadata.labels?.[DRAINED_NODE_LABEL] ?? '';
    if (type === 'DELETED' || isFinal(status?.phase)) underWay.delete(metadata.uid);
    else underWay.set(metadata.uid, node);
    const leaving = [...underWay.values()].filter((other) => other === node).length;
    const isTooMany = leaving > perSource || underWay.size > perCluster;
    return isTooMany ? [`${metadata.name}: ${leaving} leave ${node}, ${underWay.size} in all`] : [];
  });
}
