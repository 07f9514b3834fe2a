import { describe, expect, it } from '@jest/globals';
import { parseNode } from '../../../src/api/node.ts';
import { isNews } from '../../../src/controllers/node.ts';
import { observeNode } from '../../../src/domain/node/observe.ts';

const CONDITION = { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-23T10:00:00Z' };

function raw(change: { metadata?: object; spec?: object; conditions?: object[] } = {}) {
  return parseNode({
    metadata: {
      ...{ name: 'node-a', uid: 'uid-a', resourceVersion: '1', labels: { zone: 'a' } },
      annotations: { 'kubevirt.io/heartbeat': '2026-11-23T10:00:00Z' },
      ...change.metadata,
    },
    spec: change.spec ?? {},
    status: { conditions: change.conditions ?? [CONDITION] },
  });
}

describe('a change of a Node', () => {
  it.each([
    { name: 'a label', change: { metadata: { labels: { zone: 'b' } } }, want: true },
    { name: 'a cordon', change: { spec: { unschedulable: true } }, want: true },
    {
      name: 'its being out of service',
      change: { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } },
      want: true,
    },
    {
      name: 'its becoming not Ready',
      change: { conditions: [{ type: 'Ready', status: 'False' }] },
      want: true,
    },
    {
      name: 'its becoming unreachable',
      change: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
      want: true,
    },
    {
      name: 'a heartbeat of its hypervisor',
      change: { metadata: { annotations: { 'kubevirt.io/heartbeat': '2026-11-23T10:01:00Z' } } },
      want: false,
    },
    {
      name: 'a heartbeat of its kubelet',
      change: { conditions: [{ ...CONDITION, lastHeartbeatTime: '2026-11-23T10:05:00Z' }] },
      want: false,
    },
    {
      name: 'pressure on its disk',
      change: { conditions: [CONDITION, { type: 'DiskPressure', status: 'True' }] },
      want: false,
    },
    {
      name: 'a taint of somebody else',
      change: { spec: { taints: [{ key: 'example.com/gpu' }] } },
      want: false,
    },
  ])('is news: $want for $name', ({ change, want }) => {
    const object = raw(change);

    expect(isNews({ type: 'Updated', object, previous: raw() })).toBe(want);
  });

  it.each(['Added', 'Deleted'] as const)('is news when it is %s', (type) => {
    expect(isNews({ type, object: raw() })).toBe(true);
  });
});

describe('observeNode', () => {
  it.each([
    { status: 'True', want: { ready: true, reachable: true } },
    { status: 'False', want: { ready: false, reachable: true } },
    { status: 'Unknown', want: { ready: false, reachable: false } },
  ])('Ready=$status', ({ status, want }) => {
    expect(observeNode(raw({ conditions: [{ type: 'Ready', status }] }))).toMatchObject(want);
  });

  it('takes a node that has not said anything yet for reachable and not ready', () => {
    expect(observeNode(raw({ conditions: [] }))).toMatchObject({ ready: false, reachable: true });
  });
});
