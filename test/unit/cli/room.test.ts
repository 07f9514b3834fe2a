import { describe, expect, it } from '@jest/globals';
import { INSTANCE_LABEL, INSTANCE_UID_LABEL, ANCHOR_LABEL } from '../../../src/api/names.ts';
import { parseNode } from '../../../src/api/node.ts';
import { forecastWithRoom, rowOfForecast } from '../../../src/cli/drain-forecast.ts';
import { quantityOf } from '../../../src/cli/quantity.ts';
import { roomFinder, type RoomSight } from '../../../src/cli/room.ts';
import { aNode } from '../../builders/nodes.ts';
import { aStatus, aStoredInstance } from '../../builders/observation.ts';
import { asNodeObject } from '../../builders/world.ts';

describe('a quantity of Kubernetes', () => {
  it.each([
    ['2', 2],
    ['500m', 0.5],
    ['4Gi', 2 ** 32],
    ['1.5G', 1.5e9],
    ['1e3', 1_000],
    ['128974848', 128_974_848],
    ['0', 0],
    ['much', NaN],
    ['', NaN],
  ])('%s is %d', (text, want) => {
    expect(quantityOf(text)).toBe(want);
  });
});

const requests = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
const node = (name: string, cpu: string, memory = '64Gi') => ({
  ...asNodeObject(aNode(name)),
  status: { allocatable: { cpu, memory, pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const pod = (nodeName: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { namespace: 'default', name: 'some', ...metadata },
  spec: { nodeName, containers: [requests('1', '1Gi')], ...spec },
  status: { phase: 'Running' },
});
/** The pod of a VM that takes 2 CPUs and 4 GiB. */
const OWN = pod(
  'node-a',
  { containers: [requests('1500m', '3Gi'), requests('500m', '1Gi')] },
  { labels: { 'kubevirt.io/created-by': 'boot-1' }, annotations: { 'kubevirt.io/domain': 'web-1' } },
);
const ANCHOR = pod(
  'node-a',
  { containers: [requests('2', '4Gi')] },
  {
    labels: { [ANCHOR_LABEL]: 'true', [INSTANCE_LABEL]: 'web-1', [INSTANCE_UID_LABEL]: 'u' },
    ownerReferences: [{ kind: 'Instance', uid: 'u', controller: true }],
  },
);
const quota = (hard: object, used: object, spec: object = {}) => ({
  metadata: { name: 'small', namespace: 'default' },
  spec,
  status: { hard, used },
});
const NODES = [node('node-a', '8'), node('node-b', '4'), node('node-c', '4')];
const FULL = pod('node-b', { containers: [requests('3', '1Gi')] });

function plan(sight: Partial<RoomSight>) {
  const seen = { nodes: NODES, pods: [OWN], quotas: [], ...sight };
  const instances = [aStoredInstance({ status: aStatus({ state: 'Running', node: 'node-a' }) })];
  const nodes = seen.nodes.map(parseNode);
  return forecastWithRoom(['node-a'], { instances, nodes, room: roomFinder(seen) });
}

describe('the room that a drain needs', () => {
  it.each<{ name: string; sight: Partial<RoomSight>; want: string[] }>([
    { name: 'is there on both', sight: {}, want: ['Migrates', 'node-b,node-c'] },
    { name: 'is not there on one', sight: { pods: [OWN, FULL] }, want: ['Migrates', 'node-c'] },
    {
      name: 'is that of an anchor, too',
      sight: { pods: [ANCHOR, FULL] },
      want: ['Migrates', 'node-c'],
    },
    {
      name: 'is not there for lack of memory',
      sight: { nodes: [NODES[0], NODES[1], node('node-c', '4', '3Gi')] },
      want: ['Migrates', 'node-b'],
    },
    {
      name: 'is given back by what has ended',
      sight: { pods: [OWN, { ...FULL, status: { phase: 'Succeeded' } }] },
      want: ['Migrates', 'node-b,node-c'],
    },
    {
      name: 'is taken by init containers that need more than all others, and by the overhead',
      sight: {
        pods: [OWN, pod('node-b', { initContainers: [requests('2', '1Gi')], overhead: { cpu: '500m' } })],
      },
      want: ['Migrates', 'node-c'],
    },
    {
      name: 'is taken by sidecars beside the others',
      sight: {
        pods: [
          OWN,
          pod('node-b', { initContainers: [{ ...requests('2', '1Gi'), restartPolicy: 'Always' }] }),
        ],
      },
      want: ['Migrates', 'node-c'],
    },
    {
      name: 'is not looked at where Pods can’t be seen',
      sight: { pods: undefined },
      want: ['Migrates', 'node-b,node-c'],
    },
    {
      name: 'is not known of a VM without a Pod',
      sight: { pods: [FULL] },
      want: ['Migrates', 'node-b,node-c'],
    },
    {
      name: 'is there in a quota',
      sight: { quotas: [quota({ 'requests.cpu': '4', pods: '2' }, { 'requests.cpu': '2', pods: '1' })] },
      want: ['Migrates', 'node-b,node-c'],
    },
    {
      name: 'is not there in a quota',
      sight: { quotas: [quota({ pods: '1' }, { pods: '1' })] },
      want: ['Blocked (QuotaExceeded)', '-'],
    },
    {
      name: 'is not asked of a quota for other Pods',
      sight: { quotas: [quota({ pods: '1' }, { pods: '1' }, { scopes: ['BestEffort'] })] },
      want: ['Migrates', 'node-b,node-c'],
    },
    {
      name: 'is nowhere',
      sight: { pods: [OWN, FULL, pod('node-c', { containers: [requests('2500m', '1Gi')] })] },
      want: ['Blocked (NoCapacity)', '-'],
    },
  ])('$name', ({ sight, want }) => {
    expect(plan(sight).map(rowOfForecast)[0]?.slice(4)).toEqual(want);
  });

  it('that is nowhere is told with what is needed, and what is left of it', () => {
    const [forecast] = plan({
      pods: [OWN, FULL, pod('node-c', { containers: [requests('2500m', '61Gi')] })],
    });
    expect(forecast?.blocked?.message).toBe(
      "The drain can't move Instance default/web-1: no node has room for it, which needs 2 CPU and 4 GiB of memory: " +
        'node "node-b" (1 CPU left), node "node-c" (1.5 CPU and 3 GiB of memory left). Free one of them, or add a node.',
    );
  });

  it('that a quota has not is told with its name', () => {
    const [forecast] = plan({ quotas: [quota({ 'requests.memory': '5Gi' }, { 'requests.memory': '4Gi' })] });
    expect(forecast?.blocked?.message).toBe(
      "The drain can't move Instance default/web-1: ResourceQuota default/small has no room for the Pod at the destination: " +
        'it needs 4 GiB of memory; left: 1 GiB of memory. Raise the quota: while a VM moves, it has two Pods.',
    );
  });
});
