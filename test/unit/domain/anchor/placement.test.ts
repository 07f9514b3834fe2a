import { describe, expect, it } from '@jest/globals';
import {
  nodeForMigration,
  nodeForVm,
  type NamedNode,
  type Placement,
} from '../../../../src/domain/anchor/placement.ts';
import { aHost, anAnchor, aPlacement } from '../../../builders/anchors.ts';

const named = (node: string): NamedNode => ({ kind: 'Named', node });
const awaited = (words?: string): NamedNode => ({ kind: 'Awaited', words });
const NOWHERE = { host: undefined };
const WORDS = '0/3 nodes are available: 3 Insufficient memory.';

describe('the node that a VM is made on', () => {
  it.each<{ name: string; placement: Partial<Placement>; want: NamedNode }>([
    { name: 'is that of its anchor', placement: NOWHERE, want: named('node-a') },
    { name: 'is waited for without an anchor', placement: { ...NOWHERE, anchors: [] }, want: awaited() },
    {
      name: 'is waited for in the words of kube-scheduler',
      placement: { ...NOWHERE, anchors: [anAnchor({ node: undefined, unschedulable: WORDS })] },
      want: awaited(WORDS),
    },
    {
      name: 'is waited for in the words of the API server, where no anchor can be made',
      placement: { ...NOWHERE, anchors: [], refusal: 'exceeded quota' },
      want: awaited('exceeded quota'),
    },
    {
      name: 'is not that of an anchor that has ended',
      placement: { ...NOWHERE, anchors: [anAnchor({ phase: 'Ended' })] },
      want: awaited(),
    },
    {
      name: 'is not the destination of a migration',
      placement: { ...NOWHERE, anchors: [anAnchor({ migrationUid: 'm', node: 'node-b' })] },
      want: awaited(),
    },
    {
      name: 'stays what was named before, wherever another anchor is',
      placement: { anchors: [anAnchor({ node: 'node-b' }), anAnchor({ name: 'x' })] },
      want: named('node-a'),
    },
    {
      name: 'is waited for where it was named before and the anchor is gone',
      placement: { anchors: [anAnchor({ node: 'node-b' })] },
      want: awaited(),
    },
    {
      name: 'stays so while that node is not heard of',
      placement: { anchors: [anAnchor({ node: 'node-b' })], host: aHost({ heard: false }) },
      want: awaited(),
    },
    {
      name: 'is another one when that node is fenced',
      placement: {
        anchors: [anAnchor(), anAnchor({ name: 'x', node: 'node-b' })],
        host: aHost({ heard: false, fenced: true }),
      },
      want: named('node-b'),
    },
    {
      name: 'is never the fenced one',
      placement: { host: aHost({ fenced: true }) },
      want: awaited(),
    },
    {
      name: 'is that of a destination which the VM has come to',
      placement: { anchors: [anAnchor({ migrationUid: 'm' })] },
      want: named('node-a'),
    },
  ])('$name', ({ placement, want }) => {
    expect(nodeForVm(aPlacement(placement))).toEqual(want);
  });
});

describe('the destination of a migration', () => {
  it('is the node of its own anchor', () => {
    const anchors = [anAnchor(), anAnchor({ name: 'x', migrationUid: 'm', node: 'node-b' })];
    expect(nodeForMigration(aPlacement({ anchors }), 'm')).toEqual(named('node-b'));
    expect(nodeForMigration(aPlacement({ anchors }), 'another')).toEqual(awaited());
  });

  it('is waited for in the words of kube-scheduler', () => {
    const anchors = [anAnchor({ migrationUid: 'm', node: undefined, unschedulable: WORDS })];
    expect(nodeForMigration(aPlacement({ anchors }), 'm')).toEqual(awaited(WORDS));
  });
});
