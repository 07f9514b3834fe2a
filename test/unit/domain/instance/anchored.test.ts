import { describe, expect, it } from '@jest/globals';
import { aHost, anAnchor, aPlacement } from '../../../builders/anchors.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { statusOf, type Situation } from './statuses.ts';

const NO_ANCHOR = { anchors: [] };
const NOWHERE = { vm: undefined, node: undefined };
const STOPPED = {
  spec: { powerState: 'Stopped' },
  vm: anObservedVm({ power: 'Off', running: undefined }),
} as const;
const BOUND = 'True AnchorBound: An anchor Pod holds the place of the VM on its node.';

function told(situation: Situation): string | undefined {
  const said = statusOf(situation).conditions?.find(({ type }) => type === 'Anchored');
  return said && `${said.status} ${said.reason}: ${said.message}`;
}

describe('whether the place of a VM is held at kube-scheduler', () => {
  it.each<Situation & { name: string; want: string | undefined }>([
    { name: 'where the driver places VMs itself: nothing is said', want: undefined },
    { name: 'it runs where its anchor is', placement: aPlacement(), want: BOUND },
    {
      name: 'it runs without one, which is to be made again',
      placement: aPlacement(NO_ANCHOR),
      want:
        'False AnchorMissing: The VM of Instance default/web-1 runs on node "node-a" without its anchor Pod, ' +
        'which is made again there. The VM runs on; until then kube-scheduler does not know what it takes. ' +
        'Free that much on the node.',
    },
    {
      name: 'it runs without one, which finds no room there',
      placement: aPlacement({
        anchors: [anAnchor({ node: undefined, onlyOn: 'node-a', unschedulable: 'Insufficient cpu.' })],
      }),
      want:
        'False AnchorMissing: The VM of Instance default/web-1 runs on node "node-a" without its anchor Pod, ' +
        'which is made again there. Insufficient cpu. The VM runs on; until then kube-scheduler does not know what it takes. ' +
        'Free that much on the node.',
    },
    {
      name: 'it runs, and its anchor is on another node',
      placement: aPlacement({ anchors: [anAnchor({ node: 'node-b' })] }),
      want: expect.stringMatching(/^False AnchorMissing: /) as unknown as string,
    },
    {
      name: 'it is stopped',
      ...STOPPED,
      placement: aPlacement(NO_ANCHOR),
      want: 'False NotRunning: The VM does not run: it takes no place.',
    },
    {
      name: 'it is not made yet, and has its place',
      ...NOWHERE,
      placement: aPlacement({ host: undefined }),
      want: BOUND,
    },
    {
      name: 'it is not made yet, is to be stopped, and waits for its place',
      ...NOWHERE,
      spec: STOPPED.spec,
      placement: aPlacement({ ...NO_ANCHOR, host: undefined }),
      want: 'False WaitingForPlacement: Waiting until kube-scheduler has found a node for the VM of Instance default/web-1.',
    },
    {
      name: 'it is not made yet, and no node has room',
      ...NOWHERE,
      placement: aPlacement({
        anchors: [anAnchor({ node: undefined, unschedulable: '0/3 nodes are available' })],
        host: undefined,
      }),
      want:
        'False WaitingForPlacement: No node is found for the VM of Instance default/web-1: 0/3 nodes are available. ' +
        'Free or add a node that fits its size and spec.placement, or change these; it goes on by itself then.',
    },
    {
      name: 'it is to be started again, and there is no room on its host',
      vm: anObservedVm({ power: 'Off', running: undefined }),
      placement: aPlacement({ anchors: [], host: aHost(), refusal: 'exceeded quota: vms!' }),
      want:
        'False WaitingForPlacement: No node is found for the VM of Instance default/web-1: exceeded quota: vms! ' +
        'Free or add a node that fits its size and spec.placement, or change these; it goes on by itself then.',
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(told(situation)).toEqual(want);
  });
});
