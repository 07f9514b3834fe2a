import { aRescue } from '../../../builders/instance.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import {
  DEFINED_FOR_NORMAL,
  DEFINED_FOR_RESCUE,
  RESCUE,
  RESCUED_VM,
  STOPPED,
  withRunning,
} from './situation.ts';

import { does, DEFINE, holds, IDLE, RESTART, type Row } from './decision-row.ts';
import { CRASHED } from './crashed-cases.ts';
import { HELD_BACK } from './held-back-cases.ts';

const TROUBLE = { reason: 'ClaimNotFound', message: 'no claim' } as const;
/** What can't come up has no next boot to wait for. */
const STUCK = anObservedVm({ running: { phase: 'Starting' }, trouble: TROUBLE });
const DOWN = anObservedVm({ running: undefined, trouble: TROUBLE });
const OFF = anObservedVm({ power: 'Off', running: undefined });
const EDIT = { memory: '2Gi' };

const FAILED_VM = anObservedVm({
  running: undefined,
  trouble: { reason: 'BootFailed', message: 'The boot has failed.' },
});

/** State of the VM, spec and lock → the next step, by what is being done. */
export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'create and start': [
    { name: 'no VM: announce', vm: undefined, want: holds('Start') },
    { name: 'no VM, announced: make it', vm: undefined, lock: 'Start', want: does(DEFINE, 'Start') },
    {
      name: 'made, not booted yet',
      vm: anObservedVm({ running: undefined }),
      lock: 'Start',
      want: holds('Start'),
    },
    {
      name: 'boots',
      vm: anObservedVm({ running: { phase: 'Starting' } }),
      lock: 'Start',
      want: holds('Start'),
    },
    { name: 'up: over', lock: 'Start', want: IDLE },
    {
      name: 'paused is up, too',
      vm: anObservedVm({ running: { phase: 'Paused' } }),
      lock: 'Start',
      want: IDLE,
    },
    { name: 'runs and should', want: IDLE },
    { name: 'off and should run: announce', vm: OFF, want: holds('Start') },
    { name: 'off and should run, announced: power on', vm: OFF, lock: 'Start', want: does(DEFINE, 'Start') },
    {
      name: 'edited while it is being started: store the edit',
      spec: { memory: '2Gi' },
      vm: anObservedVm({ running: undefined }),
      lock: 'Start',
      want: does(DEFINE, 'Start'),
    },
    {
      name: 'edited while its boot is stuck',
      spec: EDIT,
      vm: STUCK,
      lock: 'Start',
      want: does(DEFINE, 'Start'),
    },
    { name: 'edited while it fails to start again: announce', spec: EDIT, vm: DOWN, want: holds('Start') },
    { name: 'fails to start again, and is not edited: the backend goes on trying', vm: DOWN, want: IDLE },
    { name: 'edited while it runs', spec: EDIT, vm: anObservedVm({ trouble: TROUBLE }), want: IDLE },
  ],
  stop: [
    { name: 'runs and should not: announce', spec: STOPPED, want: holds('Stop') },
    { name: 'announced: power off', spec: STOPPED, lock: 'Stop', want: does(DEFINE, 'Stop') },
    {
      name: 'powered off, still ending',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: { phase: 'Stopping' } }),
      lock: 'Stop',
      want: holds('Stop'),
    },
    {
      name: 'off: over',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: undefined }),
      lock: 'Stop',
      want: IDLE,
    },
    {
      name: 'ended: over',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: { phase: 'Ended' } }),
      lock: 'Stop',
      want: IDLE,
    },
    {
      name: 'off, and a guest may be there that is not seen: wait',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: undefined, mayRun: true }),
      lock: 'Stop',
      want: holds('Stop'),
    },
    {
      name: 'a guest has ended, and another may be there that is not seen: wait',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: { phase: 'Ended' }, mayRun: true }),
      lock: 'Stop',
      want: holds('Stop'),
    },
    {
      name: 'off and should be',
      spec: STOPPED,
      vm: anObservedVm({ power: 'Off', running: undefined }),
      want: IDLE,
    },
    { name: 'no VM, to be stopped: announce', spec: STOPPED, vm: undefined, want: holds('Stop') },
    { name: 'wanted off while it is being started', spec: STOPPED, lock: 'Start', want: holds('Stop') },
  ],
  rescue: [
    { name: 'asked for: announce', spec: RESCUE, want: holds('Rescue') },
    { name: 'announced: store it', spec: RESCUE, lock: 'Rescue', want: does(DEFINE, 'Rescue') },
    {
      name: 'stored: end the boot that runs',
      spec: RESCUE,
      vm: DEFINED_FOR_RESCUE,
      lock: 'Rescue',
      want: does(RESTART, 'Rescue'),
    },
    {
      name: 'the boot that runs is ending',
      spec: RESCUE,
      vm: withRunning(DEFINED_FOR_RESCUE, { phase: 'Stopping' }),
      lock: 'Rescue',
      want: holds('Rescue'),
    },
    {
      name: 'nothing runs for a moment',
      spec: RESCUE,
      vm: { ...DEFINED_FOR_RESCUE, running: undefined },
      lock: 'Rescue',
      want: holds('Rescue'),
    },
    {
      name: 'the rescue system boots',
      spec: RESCUE,
      vm: withRunning(RESCUED_VM, { phase: 'Starting' }),
      lock: 'Rescue',
      want: holds('Rescue'),
    },
    { name: 'rescued: over', spec: RESCUE, vm: RESCUED_VM, lock: 'Rescue', want: IDLE },
    { name: 'rescued and should be', spec: RESCUE, vm: RESCUED_VM, want: IDLE },
    {
      name: 'also of a VM that is to be stopped',
      spec: { ...RESCUE, ...STOPPED },
      vm: RESCUED_VM,
      want: IDLE,
    },
    {
      name: 'of a VM that is off: announce',
      spec: { ...RESCUE, ...STOPPED },
      vm: anObservedVm({ power: 'Off', running: undefined }),
      want: holds('Rescue'),
    },
    {
      name: 'another rescue system: announce again',
      spec: { rescue: aRescue({ device: 'Disk' }) },
      vm: RESCUED_VM,
      want: holds('Rescue'),
    },
    {
      name: 'a lease changes nothing',
      spec: { rescue: aRescue({ expiresAfter: '4h' }) },
      vm: RESCUED_VM,
      want: IDLE,
    },
    { name: 'no VM, to be rescued: announce', spec: RESCUE, vm: undefined, want: holds('Rescue') },
    {
      name: 'of a VM that has failed: announce',
      spec: RESCUE,
      vm: FAILED_VM,
      want: holds('Rescue'),
    },
    {
      name: 'of a VM that is failing to start: take its lock for that',
      spec: RESCUE,
      vm: FAILED_VM,
      lock: 'Start',
      want: holds('Rescue'),
    },
    {
      name: 'of a VM that has failed, announced: store it',
      spec: RESCUE,
      vm: FAILED_VM,
      lock: 'Rescue',
      want: does(DEFINE, 'Rescue'),
    },
    {
      name: 'a power state that is edited meanwhile waits',
      spec: { ...RESCUE, ...STOPPED },
      vm: RESCUED_VM,
      want: IDLE,
    },
    {
      name: 'hardware that is edited meanwhile waits',
      spec: { ...RESCUE, memory: '2Gi' },
      vm: RESCUED_VM,
      want: IDLE,
    },
    ...[
      { source: { containerDisk: { image: 'registry.example/rescue:2' } } },
      { bus: 'scsi' as const },
      { credentials: { secretName: 'rescue-login' } },
    ].map((fields) => ({
      name: `another rescue boot: ${JSON.stringify(fields)}`,
      spec: { rescue: aRescue(fields) },
      vm: RESCUED_VM,
      want: holds('Rescue'),
    })),
  ],
  unrescue: [
    { name: 'asked for: announce', vm: RESCUED_VM, want: holds('Unrescue') },
    {
      name: 'announced: store the normal VM',
      vm: RESCUED_VM,
      lock: 'Unrescue',
      want: does(DEFINE, 'Unrescue'),
    },
    {
      name: 'stored: end the rescue system',
      vm: DEFINED_FOR_NORMAL,
      lock: 'Unrescue',
      want: does(RESTART, 'Unrescue'),
    },
    {
      name: 'booting again keeps the name of the operation',
      vm: anObservedVm({ running: undefined }),
      lock: 'Unrescue',
      want: holds('Unrescue'),
    },
    { name: 'up: over', lock: 'Unrescue', want: IDLE },
    {
      name: 'to a VM that is to be stopped: announce',
      spec: STOPPED,
      vm: RESCUED_VM,
      want: holds('Unrescue'),
    },
    {
      name: 'to a VM that is to be stopped: power off',
      spec: STOPPED,
      vm: RESCUED_VM,
      lock: 'Unrescue',
      want: does(DEFINE, 'Unrescue'),
    },
    { name: 'taken back before it was stored', spec: RESCUE, vm: RESCUED_VM, lock: 'Unrescue', want: IDLE },
    {
      name: 'of a rescue that was stored only',
      vm: DEFINED_FOR_RESCUE,
      lock: 'Rescue',
      want: holds('Unrescue'),
    },
  ],
  'what the backend does by itself': [
    {
      name: 'a guest that ended is started again, without us',
      vm: anObservedVm({ running: { phase: 'Ended' } }),
      want: IDLE,
    },
    { name: 'nothing runs for a moment', vm: anObservedVm({ running: undefined }), want: IDLE },
    { name: 'it boots', vm: anObservedVm({ running: { phase: 'Starting' } }), want: IDLE },
    {
      name: 'it boots what is wrong: announce',
      vm: withRunning(DEFINED_FOR_NORMAL, { phase: 'Starting' }),
      want: holds('Unrescue'),
    },
    {
      name: 'a guest that powers itself off while it is rescued is started again as it was',
      spec: RESCUE,
      vm: withRunning(RESCUED_VM, { phase: 'Ended' }),
      want: IDLE,
    },
    {
      name: 'also where it should be stopped otherwise',
      spec: { ...RESCUE, ...STOPPED },
      vm: { ...RESCUED_VM, running: undefined },
      want: IDLE,
    },
    { name: 'hardware that was edited waits for the next boot', spec: { memory: '2Gi' }, want: IDLE },
  ],
  ...CRASHED,
  ...HELD_BACK,
};
