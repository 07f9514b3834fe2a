import { VM_FINALIZER } from '../../../../src/api/names.ts';
import { aHost, anAnchor, aPlacement } from '../../../builders/anchors.ts';
import { aNode } from '../../../builders/nodes.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { DEFINE, does, holds, IDLE, type Row } from './decision-row.ts';
import { RESCUE, type Situation } from './situation.ts';

const HELD = { finalizers: [VM_FINALIZER] };
const NO_ANCHOR = aPlacement({ anchors: [], host: undefined });
const FOUND = aPlacement({ host: undefined });
const NOWHERE = { ...HELD, vm: undefined } satisfies Situation;
const OFF = anObservedVm({ power: 'Off', running: undefined });
const WAITS = { ...IDLE, awaited: 'WaitingForPlacement' } as const;
const LOST = aPlacement({ host: aHost({ heard: false }) });
const FENCED = aPlacement({ host: aHost({ heard: false, fenced: true }) });

/** Where Kubernetes places VMs → the next step. */
export const PLACEMENT_TABLES: Readonly<Record<string, readonly Row[]>> = {
  'a VM that Kubernetes places': [
    { name: 'no node for it yet', ...NOWHERE, placement: NO_ANCHOR, want: WAITS },
    { name: 'a node is found: announce', ...NOWHERE, placement: FOUND, want: holds('Start') },
    {
      name: 'announced, and its node is not written down yet',
      ...NOWHERE,
      lock: 'Start',
      placement: FOUND,
      want: holds('Start'),
    },
    {
      name: 'announced, and its node is written down: make it',
      ...NOWHERE,
      lock: 'Start',
      placement: aPlacement(),
      placedOn: 'node-a',
      want: does(DEFINE, 'Start'),
    },
    {
      name: 'announced, and its anchor is lost before it was made: never elsewhere',
      ...NOWHERE,
      lock: 'Start',
      placement: aPlacement({ anchors: [anAnchor({ node: 'node-b' })] }),
      placedOn: 'node-a',
      want: { ...holds('Start'), awaited: 'WaitingForPlacement' },
    },
    {
      name: 'it is off, is to be started, and there is no room on its host',
      ...HELD,
      vm: OFF,
      placement: aPlacement({ anchors: [] }),
      want: WAITS,
    },
    {
      name: 'it is off, is to be started, and has its place',
      ...HELD,
      vm: OFF,
      placement: aPlacement(),
      want: holds('Start'),
    },
    {
      name: 'it runs, and its anchor is lost: it is left alone',
      ...HELD,
      placement: aPlacement({ anchors: [] }),
      want: IDLE,
    },
    {
      name: 'it runs without an anchor, and is to be rescued',
      ...HELD,
      spec: RESCUE,
      placement: aPlacement({ anchors: [] }),
      want: holds('Rescue'),
    },
    {
      name: 'it is not seen, and its host is not heard of',
      ...NOWHERE,
      placement: LOST,
      placedOn: 'node-a',
      want: IDLE,
    },
    {
      name: 'it is not seen, its host is fenced, and there is no other node yet',
      ...NOWHERE,
      placement: FENCED,
      placedOn: 'node-a',
      want: WAITS,
    },
    {
      name: 'it is not seen, its host is fenced, and another node is found',
      ...NOWHERE,
      placement: aPlacement({ ...FENCED, anchors: [anAnchor({ node: 'node-b' })] }),
      placedOn: 'node-a',
      want: holds('Start'),
    },
  ],
  'an Instance that outlives its VM': [
    { name: 'its VM is there', placement: aPlacement(), want: { ...IDLE, action: { kind: 'Hold' } } },
    {
      name: 'its VM is about to be made',
      vm: undefined,
      lock: 'Start',
      placement: aPlacement(),
      placedOn: 'node-a',
      want: does({ kind: 'Hold' }, 'Start'),
    },
    {
      name: 'deleted, with its VM there',
      ...HELD,
      deleting: true,
      placement: aPlacement(),
      want: { ...IDLE, action: { kind: 'Remove' } },
    },
    {
      name: 'deleted, with its VM there, which is to stay',
      ...HELD,
      deleting: true,
      spec: { deletionPolicy: 'Retain' },
      placement: aPlacement(),
      want: { ...IDLE, action: { kind: 'Lift' } },
    },
    {
      name: 'deleted, and its VM is gone',
      ...NOWHERE,
      deleting: true,
      placement: aPlacement(),
      want: { ...IDLE, action: { kind: 'Lift' } },
    },
    {
      name: 'deleted, and its host is not heard of',
      ...NOWHERE,
      deleting: true,
      placement: LOST,
      placedOn: 'node-a',
      want: IDLE,
    },
    {
      name: 'deleted, and its host is fenced',
      ...HELD,
      deleting: true,
      node: aNode('node-a', { reachable: false, fenced: true }),
      placement: FENCED,
      want: { ...IDLE, action: { kind: 'Lift' } },
    },
    {
      name: "deleted, and somebody else's VM has its name",
      ...HELD,
      deleting: true,
      vm: anObservedVm({ instanceUid: undefined }),
      placement: aPlacement(),
      want: { ...IDLE, action: { kind: 'Lift' } },
    },
  ],
};
