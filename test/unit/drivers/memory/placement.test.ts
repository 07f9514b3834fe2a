import { describe, expect, it } from '@jest/globals';
import { placeOn, type PlacementRequest } from '../../../../src/drivers/memory/placement.ts';
import { aNode } from '../../../builders/nodes.ts';

const NODES = [
  aNode('node-c'),
  aNode('node-b', { labels: { zone: 'b' } }),
  aNode('node-a', { labels: { zone: 'a' } }),
];
const ANYWHERE: PlacementRequest = { labels: [] };

describe('the node for a VM', () => {
  it.each<{
    name: string;
    nodes?: typeof NODES;
    request?: PlacementRequest;
    busy?: string[];
    want: string | undefined;
  }>([
    { name: 'is the first by name', want: 'node-a' },
    { name: 'has the fewest VMs', busy: ['node-a', 'node-b'], want: 'node-c' },
    { name: 'has the labels', request: { labels: [{}, { zone: 'b' }] }, want: 'node-b' },
    { name: 'has all of the labels', request: { labels: [{ zone: 'a' }, { zone: 'b' }] }, want: undefined },
    { name: 'is not the one that is left', request: { labels: [], except: 'node-a' }, want: 'node-b' },
    {
      name: 'is the one that is named, however busy',
      request: { labels: [], only: 'node-b' },
      busy: ['node-b'],
      want: 'node-b',
    },
    {
      name: 'is none where the named one does not fit',
      request: { labels: [{ zone: 'a' }], only: 'node-b' },
      want: undefined,
    },
    {
      name: 'is not cordoned',
      nodes: [aNode('node-a', { cordoned: true }), aNode('node-b')],
      want: 'node-b',
    },
    { name: 'is Ready', nodes: [aNode('node-a', { ready: false }), aNode('node-b')], want: 'node-b' },
    { name: 'is none where there is none', nodes: [], want: undefined },
  ])('$name', ({ nodes = NODES, request = ANYWHERE, busy = [], want }) => {
    expect(placeOn(nodes, request, (node) => (busy.includes(node) ? 1 : 0))).toBe(want);
  });
});
