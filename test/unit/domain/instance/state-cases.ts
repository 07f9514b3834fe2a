import type { InstanceState, Operation } from '../../../../src/api/instance.ts';
import type { ObservedNode, ObservedVm } from '../../../../src/domain/observed.ts';
import { aNode } from '../../../builders/nodes.ts';
import { anObservedVm, aRescueSpec } from '../../../builders/vm.ts';

interface Row {
  readonly name: string;
  readonly vm: ObservedVm | undefined;
  readonly lock?: Operation['type'];
  /** Default: a node that is as it should be. */
  readonly node?: ObservedNode;
  readonly want: InstanceState;
}

const RESCUED = anObservedVm({ spec: aRescueSpec() });
const TROUBLE = { reason: 'Unschedulable', message: 'no node' } as const;
const PANIC = { reason: 'GuestPanicked', message: 'The guest has panicked.' } as const;

/** What is there → the state that people see. */
export const STATE_ROWS: readonly Row[] = [
  { name: 'no VM', vm: undefined, want: 'Pending' },
  { name: 'a VM that runs', vm: anObservedVm(), want: 'Running' },
  { name: 'a VM that runs its rescue system', vm: RESCUED, want: 'Rescued' },
  { name: 'a VM that is off', vm: anObservedVm({ power: 'Off', running: undefined }), want: 'Stopped' },
  {
    name: 'a VM that is off, whose guest has ended',
    vm: anObservedVm({ power: 'Off', running: { phase: 'Ended' } }),
    want: 'Stopped',
  },
  {
    name: 'a VM that is to be on and is not yet',
    vm: anObservedVm({ running: undefined }),
    want: 'Starting',
  },
  {
    name: 'a VM that is to be on and can not',
    vm: anObservedVm({ running: undefined, trouble: TROUBLE }),
    want: 'Failed',
  },
  {
    name: 'a guest that powered itself off, to be started again',
    vm: anObservedVm({ running: { phase: 'Ended' } }),
    want: 'Starting',
  },
  {
    name: 'a guest that has crashed, to be started again after a pause',
    vm: anObservedVm({ running: { phase: 'Ended' }, trouble: PANIC }),
    want: 'Failed',
  },
  { name: 'a guest that boots', vm: anObservedVm({ running: { phase: 'Starting' } }), want: 'Starting' },
  { name: 'a guest that is paused', vm: anObservedVm({ running: { phase: 'Paused' } }), want: 'Paused' },
  { name: 'a guest that stops', vm: anObservedVm({ running: { phase: 'Stopping' } }), want: 'Stopping' },
  { name: "somebody else's VM", vm: anObservedVm({ instanceUid: undefined }), want: 'Pending' },
  { name: "another Instance's VM", vm: anObservedVm({ instanceUid: 'other' }), want: 'Pending' },
  { name: 'an operation Start', vm: undefined, lock: 'Start', want: 'Starting' },
  { name: 'an operation Stop', vm: anObservedVm(), lock: 'Stop', want: 'Stopping' },
  { name: 'an operation Rescue, whatever runs', vm: anObservedVm(), lock: 'Rescue', want: 'Rescuing' },
  { name: 'an operation Unrescue, whatever runs', vm: RESCUED, lock: 'Unrescue', want: 'Unrescuing' },
  {
    name: 'a VM whose node is not heard of',
    vm: anObservedVm(),
    node: aNode('node-a', { reachable: false }),
    want: 'Unknown',
  },
  {
    name: 'an operation on a VM whose node is not heard of',
    vm: RESCUED,
    lock: 'Unrescue',
    node: aNode('node-a', { reachable: false }),
    want: 'Unknown',
  },
  { name: 'a migration of a running VM', vm: anObservedVm(), lock: 'Migrate', want: 'Running' },
  { name: 'a migration of a rescued VM', vm: RESCUED, lock: 'Migrate', want: 'Rescued' },
];
