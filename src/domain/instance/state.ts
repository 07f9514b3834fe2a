import type { InstanceState, Operation } from '../../api/instance.ts';
import type { ObservedVm } from '../observed.ts';
import { nodeLossOf } from './node-loss.ts';
import { ownVm, type InstanceObservation } from './observation.ts';

const STATE_OF_OPERATION = {
  Start: 'Starting',
  Stop: 'Stopping',
  Rescue: 'Rescuing',
  Unrescue: 'Unrescuing',
} as const satisfies Record<Exclude<Operation['type'], 'Migrate'>, InstanceState>;

type OperatingState = (typeof STATE_OF_OPERATION)[keyof typeof STATE_OF_OPERATION];

/** What the operator itself is at; `undefined`: nothing, or a live migration is. */
export function operatingState(lock: Operation | undefined): OperatingState | undefined {
  return lock === undefined || lock.type === 'Migrate' ? undefined : STATE_OF_OPERATION[lock.type];
}

/** The state that people see, computed from what is there and from the lock as it is after this pass. */
export function stateOf(observation: InstanceObservation, lock: Operation | undefined): InstanceState {
  // Also during an operation: it can't be known how far that has come.
  if (nodeLossOf(observation) !== undefined) return 'Unknown';
  return operatingState(lock) ?? stateOfVm(ownVm(observation));
}

function stateOfVm(vm: ObservedVm | undefined): InstanceState {
  if (vm === undefined) return 'Pending';
  const { running, stored, trouble } = vm;
  if (running === undefined || running.phase === 'Ended') {
    if (stored.power === 'Off') return 'Stopped';
    return trouble === undefined ? 'Starting' : 'Failed';
  }
  if (running.phase !== 'Running') return running.phase;
  return running.boot.mode === 'Rescue' ? 'Rescued' : 'Running';
}
