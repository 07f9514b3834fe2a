import { describe, expect, it } from '@jest/globals';
import type { Instance, InstanceStatus } from '../../../src/api/instance.ts';
import { DRAINED_NODE_LABEL, EVICTED_LABEL } from '../../../src/api/names.ts';
import type { LiveMigrationStatus } from '../../../src/api/live-migration.ts';
import { reportDrain, rowOfDrain, type DrainSight } from '../../../src/cli/drain-report.ts';
import { ago } from '../../builders/evacuation.ts';
import { aNode } from '../../builders/nodes.ts';
import { aStatus, aStoredInstance, aStoredMigration, NOW_MS } from '../../builders/observation.ts';
import { asNodeObject } from '../../builders/world.ts';

const NODES = [aNode('node-a', { cordoned: true }), aNode('node-b'), aNode('node-x', { cordoned: true })].map(
  asNodeObject,
);

const asked = (node: string, ms = 5_000) => ({
  evacuation: { node, podUID: 'pod-1', requestedAt: ago(ms) },
});

function vm(name: string, status: Partial<InstanceStatus> = {}, spec?: Instance['spec']['evacuation']) {
  return aStoredInstance({
    metadata: { name },
    spec: spec && { evacuation: spec },
    status: aStatus({ state: 'Running', node: 'node-a', ...asked('node-a'), ...status }),
  });
}

function moving(instanceName: string, status: Partial<LiveMigrationStatus> = {}, attempt = 1) {
  return aStoredMigration({
    metadata: {
      name: `${instanceName}-drain-pod-1-${attempt}`,
      labels: { [EVICTED_LABEL]: 'pod-1', [DRAINED_NODE_LABEL]: 'node-a' },
      creationTimestamp: ago(9_000),
    },
    spec: { instanceName },
    status: { observedGeneration: 1, phase: 'Running', ...status },
  });
}

const report = (fields: Partial<DrainSight>) =>
  reportDrain({ node: 'node-a', instances: [], migrations: [], nodes: NODES, now: NOW_MS, ...fields });
const cells = (fields: Partial<DrainSight>) =>
  report(fields)
    .rows.map(rowOfDrain)
    .map((row) => row.slice(1));

describe('how far a drain is', () => {
  it.each<{ name: string; sight: Partial<DrainSight>; want: string[] }>([
    {
      name: 'a VM that is being moved: phase, how long, and where to',
      sight: {
        instances: [vm('web-1')],
        migrations: [moving('web-1', { startTime: ago(7_000), destination: { node: 'node-b' } })],
      },
      want: ['web-1', 'Migrating', 'Running', '7s', 'node-b', '-'],
    },
    {
      name: 'percent where the driver has it',
      sight: {
        instances: [vm('web-1')],
        migrations: [moving('web-1', { progress: { percent: 40, observedTime: ago(0) } })],
      },
      want: ['web-1', 'Migrating', 'Running', '40%', '-', '-'],
    },
    {
      name: 'what a migration waits for that has no node',
      sight: {
        instances: [vm('web-1')],
        migrations: [
          moving('web-1', {
            phase: 'Queued',
            conditions: [
              {
                type: 'Reconciling',
                status: 'True',
                reason: 'WaitingForPlacement',
                message: 'No destination is found.',
                lastTransitionTime: ago(0),
              },
            ],
          }),
        ],
      },
      want: ['web-1', 'Migrating', 'Queued', '9s', '-', 'No destination is found.'],
    },
    {
      name: 'a VM that waits for its turn',
      sight: { instances: [vm('web-1')] },
      want: ['web-1', 'Waiting', '-', '-', '-', 'place 1 in the queue'],
    },
    {
      name: 'a VM that waits for its next attempt',
      sight: {
        instances: [vm('web-1')],
        migrations: [moving('web-1', { phase: 'Failed', completionTime: ago(6_000) })],
      },
      want: ['web-1', 'Waiting', '-', 'in 14s', '-', '1 attempt(s) did not succeed; another one follows'],
    },
    {
      name: 'a VM that is blocked',
      sight: { instances: [vm('web-1', {}, { policy: 'Block', priority: 0 })] },
      want: [
        'web-1',
        'Blocked',
        '-',
        '-',
        '-',
        'Instance default/web-1 stays on node "node-a": its spec.evacuation.policy is Block. Set it to LiveMigrate, or move the VM with a LiveMigration.',
      ],
    },
    {
      name: 'a VM that nobody asks to leave any more',
      sight: { instances: [vm('web-1', asked('node-a', 30_000))] },
      want: ['web-1', 'NotAsked', '-', '-', '-', '-'],
    },
    {
      name: 'a VM whose node is not cordoned',
      sight: { instances: [vm('web-1')], nodes: [asNodeObject(aNode('node-a'))] },
      want: ['web-1', 'NotAsked', '-', '-', '-', '-'],
    },
    {
      name: 'a VM that has left',
      sight: {
        instances: [vm('web-1', { node: 'node-b' })],
        migrations: [
          moving(
            'web-1',
            { phase: 'Succeeded', transferMilliseconds: 12_000, outcome: { node: 'node-b' } },
            2,
          ),
          moving('web-1', { phase: 'Failed' }),
        ],
      },
      want: ['web-1', 'Migrated', 'Succeeded', '12s', 'node-b', '-'],
    },
  ])('shows $name', ({ sight, want }) => {
    expect(cells(sight)).toEqual([want]);
  });

  it('shows no VM that was never there, and none that is off', () => {
    const instances = [vm('web-1', { node: 'node-b' }), vm('web-2', { state: 'Stopped' })];
    expect(report({ instances })).toEqual({ rows: [], drain: 'Empty', left: 0 });
  });

  it('counts places over all nodes that are drained, by priority and name', () => {
    const elsewhere = { node: 'node-x', ...asked('node-x') };
    const instances = [
      vm('web-2'),
      vm('web-1', elsewhere),
      vm('web-3', {}, { policy: 'LiveMigrate', priority: 9 }),
    ];
    expect(cells({ instances }).map(([name, , , , , note]) => [name, note])).toEqual([
      ['web-2', 'place 3 in the queue'],
      ['web-3', 'place 1 in the queue'],
    ]);
  });

  it.each<{ name: string; sight: Partial<DrainSight>; want: 'UnderWay' | 'Empty' | 'Quiet' }>([
    { name: 'under way while a VM waits', sight: { instances: [vm('web-1')] }, want: 'UnderWay' },
    {
      name: 'under way while a blocked VM is asked to leave',
      sight: { instances: [vm('web-1', {}, { policy: 'Block', priority: 0 })] },
      want: 'UnderWay',
    },
    {
      name: 'under way while a migration is, although nobody asks',
      sight: { instances: [vm('web-1', asked('node-a', 60_000))], migrations: [moving('web-1')] },
      want: 'UnderWay',
    },
    { name: 'over when all have left', sight: {}, want: 'Empty' },
    {
      name: 'quiet when nobody asks and some are there',
      sight: { instances: [vm('web-1', asked('node-a', 60_000))] },
      want: 'Quiet',
    },
  ])('is $name', ({ sight, want }) => {
    expect(report(sight).drain).toBe(want);
  });
});
