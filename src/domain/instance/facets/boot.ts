import type { Operation } from '../../../api/instance.ts';
import type { ObservedVm, RunningVm } from '../../observed.ts';
import type { Boot } from '../../vm.ts';
import type { Facet, Intent } from '../intent.ts';
import { isUp, sameBoot, type InstanceObservation, type Target } from '../observation.ts';

/** Brings the VM to the power and the boot that the spec asks for: store it first, then end the boot that is wrong. */
export const boot: Facet = (observation, target) => {
  const { vm } = observation;
  if (vm === undefined) return operate(observation, target, { kind: 'Define' });
  return target.power === 'Off' ? stopIt(observation, target, vm) : bootIt(observation, target, vm);
};

function stopIt(observation: InstanceObservation, target: Target, vm: ObservedVm): Intent | undefined {
  if (vm.stored.power === 'On' || !sameBoot(vm.stored.boot, target.vm.boot)) {
    return operate(observation, target, { kind: 'Define' });
  }
  const isOver = vm.running === undefined || vm.running.phase === 'Ended';
  if (isOver && vm.mayRun !== true) return undefined;
  return operate(observation, target, { kind: 'Wait' });
}

function bootIt(observation: InstanceObservation, target: Target, vm: ObservedVm): Intent | undefined {
  const { stored, running } = vm;
  const wanted = target.vm.boot;
  const operating = currentOperation(observation) !== undefined;
  if (stored.power === 'Off' || !sameBoot(stored.boot, wanted) || isStuckWithOldSpec(vm, wanted)) {
    return operate(observation, target, { kind: 'Define' });
  }
  const booted = running !== undefined && sameBoot(running.boot, wanted);
  // A guest that powered itself off is started again by the backend: nothing for us to do, and no lock to take.
  if (!operating && (booted || isEnding(running))) return undefined;
  if (booted) return isUp(running) ? undefined : operate(observation, target, { kind: 'Wait' });
  return operate(observation, target, nextStep(target, stored, running));
}

/** What can't come up as it is stored must not wait for its next boot to be mended: there would be none. */
function isStuckWithOldSpec({ stored, running, trouble }: ObservedVm, wanted: Boot): boolean {
  if (trouble === undefined || (running !== undefined && isUp(running))) return false;
  return stored.boot.specHash !== wanted.specHash;
}

function nextStep({ vm }: Target, stored: ObservedVm['stored'], running: RunningVm | undefined): Step {
  // An edit that came while we are booting anyway takes part in this boot; what others have changed does not.
  if (stored.boot.specHash !== vm.boot.specHash || stored.drift.length > 0) return { kind: 'Define' };
  return isEnding(running) ? { kind: 'Wait' } : { kind: 'Restart', bootId: running.bootId };
}

function currentOperation({ instance }: InstanceObservation): Operation['type'] | undefined {
  return instance.status?.operation?.type;
}

/** What is on its way out needs no push; the backend boots what is stored after it. */
function isEnding(running: RunningVm | undefined): running is undefined {
  return running === undefined || running.phase === 'Ended' || running.phase === 'Stopping';
}

type Step = Extract<Intent, { kind: 'Operate' }>['step'];
type OwnOperation = Exclude<Operation['type'], 'Migrate'>;

function operate(observation: InstanceObservation, target: Target, step: Step): Intent {
  return { kind: 'Operate', operation: operationFor(observation, target), step };
}

/** An operation under way keeps its name as long as it leads to what is wanted. */
function operationFor(observation: InstanceObservation, { vm: wanted, power }: Target): OwnOperation {
  if (wanted.boot.mode === 'Rescue') return 'Rescue';
  const current = currentOperation(observation);
  const plain = power === 'On' ? 'Start' : 'Stop';
  if (current === 'Unrescue' || current === plain) return current;
  const { vm } = observation;
  return [vm?.running?.boot.mode, vm?.stored.boot.mode].includes('Rescue') ? 'Unrescue' : plain;
}
