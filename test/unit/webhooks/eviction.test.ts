import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { EvictionNote } from '../../../src/domain/evacuation/request.ts';
import { judgeEviction } from '../../../src/webhooks/eviction.ts';
import type { FoundPod } from '../../../src/webhooks/find-pod.ts';
import { ago, DRAIN_SETTINGS } from '../../builders/evacuation.ts';
import { aNode } from '../../builders/nodes.ts';
import { aStatus, aStoredInstance, NOW, NOW_MS } from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { aRequest } from './reviews.ts';

const NODES = [aNode('node-a', { cordoned: true }), aNode('node-b')];
const VM = anObservedVm();
const WORLD: WorldOptions = {
  instances: [aStoredInstance({ status: aStatus({ node: 'node-a' }) })],
  driver: { vm: VM },
  nodes: NODES,
};
const POD: FoundPod = {
  namespace: 'default',
  uid: 'pod-1',
  labels: { 'kubevirt.io/created-by': VM.running?.bootId ?? '' },
  annotations: { 'kubevirt.io/domain': 'web-1' },
  controller: undefined,
  node: 'node-a',
  phase: 'Running',
};
const ADMITTED = { kind: 'Admitted', warnings: [] };
const ABOUT_TO_GO = 'Instance default/web-1 is about to be live-migrated off node "node-a" (attempt 1).';

interface Ask {
  readonly world?: WorldOptions;
  readonly pod?: FoundPod | undefined;
  readonly dryRun?: 'Request' | 'DeleteOptions';
  readonly broken?: boolean;
}

async function ask({ world = WORLD, dryRun, broken = false, ...given }: Ask = {}) {
  const notes: EvictionNote[] = [];
  const note = (_: unknown, written: EvictionNote) => {
    notes.push(written);
    return broken ? Promise.reject(new Error('the API server is away')) : Promise.resolve();
  };
  const pod = 'pod' in given ? given.pod : POD;
  const judge = judgeEviction({
    world: aWorld(world),
    findPod: () => Promise.resolve(pod),
    writer: { note },
    limits: DRAIN_SETTINGS.limits,
    logger: pino({ level: 'silent' }),
  });
  const deleteOptions = dryRun === 'DeleteOptions' ? { dryRun: ['All'] } : {};
  const object = { metadata: { name: 'virt-launcher-web-1-abcde' }, deleteOptions };
  const request = { ...aRequest({ object }), name: 'virt-launcher-web-1-abcde' };
  return { answer: await judge({ ...request, dryRun: dryRun === 'Request' }), notes };
}

describe('an eviction', () => {
  it.each<{ name: string; change: Ask }>([
    { name: 'of a pod that is gone', change: { pod: undefined } },
    { name: 'of a pod that has ended', change: { pod: { ...POD, phase: 'Succeeded' } } },
    { name: 'of a pod without a VM', change: { pod: { ...POD, annotations: {} } } },
    { name: 'of a VM that no Instance has', change: { world: { ...WORLD, instances: [] } } },
    {
      name: 'of another boot than the one that runs',
      change: { pod: { ...POD, labels: { 'kubevirt.io/created-by': 'another' } } },
    },
    {
      name: 'of a VM that belongs to somebody else',
      change: { world: { ...WORLD, driver: { vm: { ...VM, ownership: { kind: 'Nobody' } } } } },
    },
  ])('is let through, $name', async ({ change }) => {
    expect(await ask(change)).toEqual({ answer: ADMITTED, notes: [] });
  });

  it('of a guest of ours is noted, and refused for now with what becomes of it', async () => {
    expect(await ask()).toEqual({
      answer: { kind: 'Refused', code: 429, reason: 'EvictionHeld', message: ABOUT_TO_GO },
      notes: [{ node: 'node-a', podUID: 'pod-1', requestedAt: NOW }],
    });
  });

  it('that was noted a moment ago is not noted again', async () => {
    const evacuation = { node: 'node-a', podUID: 'pod-1', requestedAt: ago(9_000) };
    const instances = [aStoredInstance({ status: aStatus({ node: 'node-a', evacuation }) })];
    expect((await ask({ world: { ...WORLD, instances } })).notes).toEqual([]);
  });

  it.each(['Request', 'DeleteOptions'] as const)('that is a dry run writes nothing: %s', async (dryRun) => {
    expect(await ask({ dryRun })).toEqual({
      answer: { kind: 'Refused', code: 429, reason: 'EvictionHeld', message: ABOUT_TO_GO },
      notes: [],
    });
  });

  it('of a pod that the guest is not in is refused for now, and not noted', async () => {
    expect(await ask({ pod: { ...POD, node: 'node-b' } })).toEqual({
      answer: {
        kind: 'Refused',
        code: 429,
        reason: 'EvictionHeld',
        message:
          'Instance default/web-1 is not in this pod: its VM is on node "node-a". The pod ends with the live migration that it belongs to.',
      },
      notes: [],
    });
  });

  it('is refused for now also when it can not be noted: the drain asks again', async () => {
    expect((await ask({ broken: true })).answer).toMatchObject({ kind: 'Refused', code: 429 });
  });

  it('without a cordon moves nothing, and says so', async () => {
    const nodes = [aNode('node-a'), aNode('node-b')];
    expect((await ask({ world: { ...WORLD, nodes } })).answer).toMatchObject({
      code: 429,
      message: expect.stringContaining('node "node-a" is not cordoned'),
    });
  });
});

describe('an eviction of a pod that stands for a VM at kube-scheduler', () => {
  const { metadata } = aStoredInstance();
  const hypervisor = { ready: true, accepting: true, version: undefined, validUntil: undefined };
  const placed = { vm: VM, hypervisor, capabilities: { placesVms: false } };
  const world: WorldOptions = { ...WORLD, driver: placed, anchors: [] };
  const pod: FoundPod = {
    ...POD,
    annotations: {},
    labels: {
      'compute.medevac.dev/anchor': 'true',
      'compute.medevac.dev/instance': 'web-1',
      'compute.medevac.dev/instance-uid': metadata.uid,
    },
    controller: { kind: 'Instance', uid: metadata.uid },
  };
  const held = (message: string) => ({ kind: 'Refused', code: 429, reason: 'EvictionHeld', message });
  const note = { node: 'node-a', podUID: 'pod-1', requestedAt: NOW };

  it('is noted where the VM is, and refused for now with what becomes of it', async () => {
    expect(await ask({ world, pod })).toEqual({ answer: held(ABOUT_TO_GO), notes: [note] });
  });

  it('is refused for now at the destination of a migration, and not noted', async () => {
    expect(await ask({ world, pod: { ...pod, node: 'node-b' } })).toEqual({
      answer: held(
        'Instance default/web-1 is not in this pod: its VM is on node "node-a". The pod ends with the live migration that it belongs to.',
      ),
      notes: [],
    });
  });

  it('of a VM that is about to be made there is noted: it is moved as soon as it runs', async () => {
    const status = aStatus({ state: 'Pending', placement: { node: 'node-a' } });
    const pending = {
      ...world,
      instances: [aStoredInstance({ status })],
      driver: { ...placed, vm: undefined },
    };
    expect(await ask({ world: pending, pod })).toEqual({
      answer: held('Instance default/web-1 is Pending: the drain moves it as soon as it runs.'),
      notes: [note],
    });
  });

  it('of a VM that is off is refused for now and not noted: the pod goes by itself', async () => {
    const instances = [aStoredInstance({ spec: { powerState: 'Stopped' } })];
    const off = anObservedVm({ running: undefined, power: 'Off' });
    expect(await ask({ world: { ...world, instances, driver: { ...placed, vm: off } }, pod })).toEqual({
      answer: held(
        'Instance default/web-1 takes no place here any more: its VM is off. This pod goes by itself.',
      ),
      notes: [],
    });
  });

  it.each<{ name: string; change: Ask }>([
    { name: 'an Instance of that name which is another one', change: { pod: { ...pod, ...ofAnother() } } },
    { name: 'an Instance that is gone', change: { pod, world: { ...world, instances: [] } } },
    { name: 'a VM that its backend places', change: { pod, world: WORLD } },
  ])('is let through where it speaks of $name', async ({ change }) => {
    expect(await ask({ world, ...change })).toEqual({ answer: ADMITTED, notes: [] });
  });

  function ofAnother(): Pick<FoundPod, 'labels' | 'controller'> {
    const labels = { ...pod.labels, 'compute.medevac.dev/instance-uid': 'another' };
    return { labels, controller: { kind: 'Instance', uid: 'another' } };
  }
});

describe('the evictions of a large drain', () => {
  const waiting = (name: string) => {
    const evacuation = { node: 'node-a', podUID: `pod-of-${name}`, requestedAt: ago(5_000) };
    return aStoredInstance({ metadata: { name }, status: aStatus({ node: 'node-a', evacuation }) });
  };

  const newer = (instance: ReturnType<typeof waiting>) => ({
    ...instance,
    metadata: { ...instance.metadata, resourceVersion: '8' },
  });

  const unasked = (name: string) =>
    aStoredInstance({ metadata: { name }, status: aStatus({ node: 'node-a' }) });

  /** A webhook that is asked again and again. */
  function aWebhook(instanceOf = waiting) {
    let now = NOW_MS;
    const instances = ['web-1', 'web-2', 'web-3'].map(instanceOf);
    const world = { ...aWorld({ ...WORLD, instances }), now: () => now };
    const judge = judgeEviction({
      world,
      findPod: ({ name }) => Promise.resolve({ ...POD, annotations: { 'kubevirt.io/domain': name } }),
      writer: { note: () => Promise.resolve() },
      limits: { ...DRAIN_SETTINGS.limits, perSource: 1 },
      logger: pino({ level: 'silent' }),
    });
    const asked = async (name: string) => {
      const answer = await judge({ ...aRequest({ object: { metadata: { name } } }), name });
      return answer.kind === 'Refused' ? answer.message : '';
    };
    return { world, asked, later: (ms: number) => (now += ms) };
  }

  const queued = (name: string, place: number) =>
    `Instance default/${name} waits for its turn to be live-migrated off node "node-a": place ${place} in the queue.`;

  it('that come at the same moment, before any is noted, know of each other', async () => {
    const { asked } = aWebhook(unasked);
    expect(await asked('web-1')).toBe(ABOUT_TO_GO);
    expect(await asked('web-2')).toBe(queued('web-2', 1));
    expect(await asked('web-3')).toBe(queued('web-3', 2));
  });

  it('look at all VMs once a second, and at the one that is asked for each time', async () => {
    const { world, asked, later } = aWebhook();
    expect(await asked('web-3')).toBe(queued('web-3', 2));
    later(999);
    world.instances.remove(newer(waiting('web-2')));
    expect(await asked('web-3')).toBe(queued('web-3', 2));
    const held = newer(waiting('web-3'));
    world.instances.upsert({ ...held, spec: { ...held.spec, evacuation: { policy: 'Block', priority: 0 } } });
    expect(await asked('web-3')).toContain('its spec.evacuation.policy is Block');
  });

  it('see a second later that the queue is shorter', async () => {
    const { world, asked, later } = aWebhook();
    expect(await asked('web-3')).toBe(queued('web-3', 2));
    world.instances.remove(newer(waiting('web-2')));
    later(1_000);
    expect(await asked('web-3')).toBe(queued('web-3', 1));
  });
});
