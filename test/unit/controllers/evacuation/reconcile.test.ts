import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { LiveMigration } from '../../../../src/api/live-migration.ts';
import { EVICTED_LABEL } from '../../../../src/api/names.ts';
import { Cancellations } from '../../../../src/controllers/evacuation/cancellations.ts';
import { Orders } from '../../../../src/controllers/evacuation/orders.ts';
import type { EvacuationDeps } from '../../../../src/controllers/evacuation/deps.ts';
import { reconcileEvacuations } from '../../../../src/controllers/evacuation/reconcile.ts';
import type { World } from '../../../../src/controllers/world.ts';
import { ApiError } from '../../../../src/kube/api-errors.ts';
import { ago, DRAIN_SETTINGS } from '../../../builders/evacuation.ts';
import { aNode } from '../../../builders/nodes.ts';
import { aStatus, aStoredInstance, aStoredMigration, NOW_MS } from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { aWorld } from '../../../builders/world.ts';

const NAMES = ['web-1', 'web-2', 'web-3', 'web-4'];
const NODES = [aNode('node-a', { cordoned: true }), aNode('node-b')];

function leaving(name: string) {
  const evacuation = { node: 'node-a', podUID: `pod-of-${name}`, requestedAt: ago(5_000) };
  return aStoredInstance({
    metadata: { name },
    status: aStatus({ node: 'node-a', evacuation }),
  });
}

/** An operator on a cluster whose node-a is drained; `create` is what the API server says. */
function anOperator(create: (name: string) => void = () => undefined, nodes = NODES) {
  const world = aWorld({
    instances: NAMES.map(leaving),
    nodes,
    driver: { vm: anObservedVm() },
  });
  const asked: string[] = [];
  const cleared: string[] = [];
  const told: string[] = [];
  const note = (what: string) => (migration: LiveMigration) => {
    cleared.push(`${what} ${migration.metadata.name}`);
    return Promise.resolve();
  };
  const deps: EvacuationDeps = {
    world,
    logger: pino({ level: 'silent' }),
    mayAct: () => true,
    drain: DRAIN_SETTINGS,
    orders: new Orders(),
    cancellations: new Cancellations(),
    evacuationWriter: {
      start: ({ metadata: { name } }) => {
        asked.push(name);
        create(name);
        return Promise.resolve();
      },
      abort: note('abort'),
      remove: note('remove'),
    },
    told: new Map(),
    events: { evacuation: (_, node, { reason }) => told.push(`${reason} ${node?.metadata.name ?? ''}`) },
  };
  return { deps, world, asked, cleared, told };
}

function seen(world: World, name: string, fields: Partial<LiveMigration> = {}): void {
  const metadata = {
    name: `${name}-drain-pod-of-${name}-1`,
    uid: `uid-${name}`,
    labels: { [EVICTED_LABEL]: `pod-of-${name}` },
  };
  world.migrations.upsert({ ...aStoredMigration({ metadata, spec: { instanceName: name } }), ...fields });
}

describe('a pass over the drains of a cluster', () => {
  it('begins as many as there is room for, each by a LiveMigration of its own', async () => {
    const { deps, asked } = anOperator();
    await reconcileEvacuations(deps);
    expect(asked).toEqual(['web-1-drain-pod-of-web-1-1', 'web-2-drain-pod-of-web-2-1']);
  });

  it('counts those that it has asked for and does not see yet', async () => {
    const { deps, asked } = anOperator();
    await reconcileEvacuations(deps);
    await reconcileEvacuations(deps);
    expect(asked).toHaveLength(2);
  });

  it('counts those that another process has begun', async () => {
    const { deps, world, asked } = anOperator();
    seen(world, 'web-3');
    await reconcileEvacuations(deps);
    expect(asked).toEqual(['web-1-drain-pod-of-web-1-1']);
  });

  it.each([
    { name: 'begins nothing that was asked for before its migration was deleted', ms: 4_000, first: 'web-2' },
    { name: 'begins what was asked for since', ms: 6_000, first: 'web-1' },
  ])('$name', async ({ ms, first }) => {
    const { deps, asked } = anOperator();
    deps.cancellations.note('default/web-1', NOW_MS - ms);
    await reconcileEvacuations(deps);
    expect(asked[0]).toBe(`${first}-drain-pod-of-${first}-1`);
  });

  it('counts one whose answer was lost', async () => {
    const lost = new Error('connection reset');
    const { deps, asked } = anOperator(() => {
      throw lost;
    });
    await expect(reconcileEvacuations(deps)).rejects.toBe(lost);
    await expect(reconcileEvacuations(deps)).rejects.toBe(lost);
    await reconcileEvacuations(deps);
    expect(asked).toHaveLength(2);
  });

  it('goes on to the others when one may not be made, and does not ask for it again at once', async () => {
    const { deps, asked } = anOperator((name) => {
      if (name.startsWith('web-1')) throw new ApiError(403, { message: 'quota exceeded' });
    });
    await reconcileEvacuations(deps);
    await reconcileEvacuations(deps);
    expect(asked.map((name) => name.slice(0, 5))).toEqual(['web-1', 'web-2', 'web-3']);
  });

  it('tells once of each that is blocked, and of its node', async () => {
    const { deps, told } = anOperator(() => undefined, [aNode('node-a', { cordoned: true })]);
    await reconcileEvacuations(deps);
    await reconcileEvacuations(deps);
    expect(told).toEqual(NAMES.map(() => 'EvacuationBlocked node-a'));
  });

  it('aborts what has not begun when the node is uncordoned, and says so', async () => {
    const { deps, world, cleared, told } = anOperator(() => undefined, [aNode('node-a'), aNode('node-b')]);
    seen(world, 'web-3');
    await reconcileEvacuations(deps);
    expect(cleared).toEqual(['abort web-3-drain-pod-of-web-3-1']);
    expect(told).toEqual(['EvacuationCancelled node-a']);
  });

  it('does nothing when it may not act', async () => {
    const { deps, asked } = anOperator();
    await reconcileEvacuations({ ...deps, mayAct: () => false });
    expect(asked).toEqual([]);
  });
});

describe('the next look at the drains of a cluster', () => {
  it.each([
    { when: 'is still asked for', askedAgo: 5_000, want: 25_000 },
    {
      when: 'is not asked for any more: the end of its migration will be an event',
      askedAgo: 30_000,
      want: undefined,
    },
    { when: 'was asked for long ago', askedAgo: 3_600_000, want: undefined },
  ])('with a VM that is on its way and $when: $want', async ({ askedAgo, want }) => {
    const { deps, world } = anOperator();
    for (const name of NAMES.slice(1)) world.instances.remove(leaving(name));
    const instance = leaving('web-1');
    const evacuation = { node: 'node-a', podUID: 'pod-of-web-1', requestedAt: ago(askedAgo) };
    const metadata = { ...instance.metadata, resourceVersion: '8' };
    world.instances.upsert({ ...instance, metadata, status: aStatus({ node: 'node-a', evacuation }) });
    seen(world, 'web-1', { status: { observedGeneration: 1, phase: 'Running' } });

    expect((await reconcileEvacuations(deps)).after).toBe(want);
  });
});
