import { keyOf } from '../../../../src/kube/resource.ts';
import { create, event, remove, requeue, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import type { View } from '../../engine/view.ts';
import { isDeleted, isFinal, phaseOf } from '../../objects/instance.ts';
import type { VirtualMachine, VirtualMachineInstance } from '../../objects/kinds.ts';
import { controllerComponent } from '../common.ts';
import { instanceOf } from './instance-of.ts';
import { createRevision } from './revision.ts';
import { hasStartRequest, hasStopRequestFor } from './run-strategy.ts';
import { secondsUntilStart } from './start-failure.ts';

export interface Situation {
  readonly view: View;
  readonly machine: VirtualMachine;
  readonly instance: VirtualMachineInstance | undefined;
  readonly runStrategy: string;
  readonly now: Date;
}

/** What a pass has done to the instance. */
export type Started = 'started' | 'stopped' | 'nothing';

/** Starts or stops the instance as the run strategy, the requests and the start back-off say. */
export function* followRunStrategy(situation: Situation): Plan<Started> {
  const { instance } = situation;
  if (instance === undefined) {
    return yield* startIfWanted(situation);
  }
  return shouldStop(situation, instance) ? yield* stop(situation.machine, instance) : 'nothing';
}

function shouldStop({ machine, runStrategy }: Situation, instance: VirtualMachineInstance): boolean {
  switch (runStrategy) {
    case 'Always':
    case 'RerunOnFailure':
      return hasStopRequestFor(machine, instance) || isFinal(instance);
    case 'Manual':
      return hasStopRequestFor(machine, instance);
    case 'Halted':
      return true;
    default:
      return false;
  }
}

function* startIfWanted(situation: Situation): Plan<Started> {
  const { machine, runStrategy, now } = situation;
  if (!wantsStart(situation)) {
    if (runStrategy === 'Halted' && hasStartRequest(machine)) {
      yield* update('VirtualMachine', { ...machine, spec: { ...machine.spec, runStrategy: 'Always' } });
    }
    return 'nothing';
  }
  const wait = secondsUntilStart(machine, now);
  if (wait > 0 && runStrategy !== 'Manual' && runStrategy !== 'Once') {
    yield* requeue('VirtualMachine', machine, wait * 1000);
    return 'nothing';
  }
  return yield* start(situation);
}

function wantsStart({ machine, runStrategy }: Situation): boolean {
  switch (runStrategy) {
    case 'Always':
    case 'Once':
      return true;
    case 'RerunOnFailure':
      return hasStartRequest(machine) || machine.status?.runStrategy !== runStrategy;
    case 'Manual':
      return hasStartRequest(machine);
    default:
      return false;
  }
}

function* start({ view, machine }: Situation): Plan<Started> {
  const revisionName = yield* createRevision(view, machine);
  const instance = yield* create('VirtualMachineInstance', instanceOf(machine, revisionName), {
    expected: true,
  });
  yield* event('VirtualMachine', machine, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Started the virtual machine by creating the new virtual machine instance ${instance.metadata.name}`,
    component: controllerComponent,
  });
  return 'started';
}

export function* stop(machine: VirtualMachine, instance: VirtualMachineInstance): Plan<Started> {
  if (isDeleted(instance)) {
    return 'nothing';
  }
  yield* remove('VirtualMachineInstance', keyOf(instance), { expected: true });
  yield* event('VirtualMachine', machine, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message: `Stopped the virtual machine by deleting the virtual machine instance ${instance.metadata.uid ?? ''}`,
    component: controllerComponent,
  });
  return 'stopped';
}

/** RerunOnFailure: an instance that failed is asked to be started again. */
export function needsRerun(situation: Situation): boolean {
  const { instance, runStrategy } = situation;
  return runStrategy === 'RerunOnFailure' && instance !== undefined && phaseOf(instance) === 'Failed';
}
