import { anObservedVm } from '../../../builders/vm.ts';
import { DEFINE, does, holds, IDLE, type Row } from './decision-row.ts';
import { DEFINED_FOR_RESCUE, RESCUE, STOPPED, withRunning } from './situation.ts';

const RUNNING = { phase: 'Ended' } as const;
const VM = anObservedVm({
  running: RUNNING,
  trouble: { reason: 'GuestPanicked', message: 'The guest has panicked.' },
});

/** A guest that has crashed is no more in the way than one that has ended. */
export const CRASHED: Readonly<Record<string, readonly Row[]>> = {
  'a guest that has crashed': [
    { name: 'is started again after a pause, without us', vm: VM, want: IDLE },
    {
      name: 'and was edited: it need not wait for another boot to be mended',
      spec: { memory: '2Gi' },
      vm: VM,
      want: holds('Start'),
    },
    { name: 'is to be rescued: announce', spec: RESCUE, vm: VM, want: holds('Rescue') },
    {
      name: 'is to be rescued, announced: store it',
      spec: RESCUE,
      vm: VM,
      lock: 'Rescue',
      want: does(DEFINE, 'Rescue'),
    },
    {
      name: 'is to be rescued, stored: the backend clears it away',
      spec: RESCUE,
      vm: withRunning(DEFINED_FOR_RESCUE, RUNNING),
      lock: 'Rescue',
      want: holds('Rescue'),
    },
    {
      name: 'is to be stopped, announced: store it',
      spec: STOPPED,
      vm: VM,
      lock: 'Stop',
      want: does(DEFINE, 'Stop'),
    },
  ],
};
