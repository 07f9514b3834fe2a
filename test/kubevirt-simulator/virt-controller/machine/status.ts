import { jsonPatch, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import {
  findCondition,
  hasCondition,
  removeCondition,
  updateCondition,
  withTimes,
} from '../../objects/conditions.ts';
import { semanticEqual } from '../../objects/equal.ts';
import { isDeleted, isFinal } from '../../objects/instance.ts';
import type {
  StateChangeRequest,
  VirtualMachine,
  VirtualMachineInstance,
  VirtualMachineStatus,
} from '../../objects/kinds.ts';
import type { Condition } from '../../objects/stored.ts';
import { annotation, finalizer } from '../../objects/names.ts';
import { timestamp } from '../../objects/time.ts';
import { printableStatus } from './printable-status.ts';
import { runStrategyOf } from './run-strategy.ts';
import { syncStartFailure } from './start-failure.ts';
import type { Started } from './start-stop.ts';

export interface MachineStatusInput {
  /** As the cache has it, or as an earlier write of this pass returned it. */
  readonly machine: VirtualMachine;
  /** What this pass has changed of the status so far. */
  readonly status: VirtualMachineStatus;
  readonly instance: VirtualMachineInstance | undefined;
  readonly done: Started;
  readonly now: Date;
}

export function* updateMachineStatus(input: MachineStatusInput): Plan {
  const { machine, status, instance, done, now } = input;
  status.created = instance === undefined ? undefined : true;
  status.ready = hasCondition(instance?.status, 'Ready', { status: 'True' }) ? true : undefined;
  syncGenerations(status, machine, instance);
  if (status.runStrategy !== undefined || instance !== undefined) {
    status.runStrategy = runStrategyOf(machine);
  }
  popRequest(status, instance);
  syncStartFailure(status, machine, instance, now);
  syncConditions(status, instance, now);
  status.printableStatus = printableStatus({
    machine: { ...machine, status },
    instance,
    startExpected: done === 'started',
    stopExpected: done === 'stopped',
    now,
  });
  if (!semanticEqual(status, machine.status)) {
    yield* update('VirtualMachine', { ...machine, status }, { subresource: 'status' });
  }
  yield* releaseInstance(instance);
}

/** What "the new spec is live" is read from: the generation that the instance carries. */
function syncGenerations(
  status: VirtualMachineStatus,
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): void {
  const observed = Number(instance?.metadata.annotations?.[annotation.vmGeneration]);
  if (!Number.isNaN(observed)) {
    status.observedGeneration = observed;
    status.desiredGeneration = machine.metadata.generation ?? 0;
  }
}

/** Takes the first request off the list once what there is fulfils it. */
function popRequest(status: VirtualMachineStatus, instance: VirtualMachineInstance | undefined): void {
  const [first, ...rest] = status.stateChangeRequests ?? [];
  if (first === undefined) {
    return;
  }
  if (isFulfilled(first, instance)) {
    status.stateChangeRequests = rest.length === 0 ? undefined : rest;
  }
}

function isFulfilled(
  { action, uid }: StateChangeRequest,
  instance: VirtualMachineInstance | undefined,
): boolean {
  switch (action) {
    case 'Stop':
      return instance === undefined || uid !== instance.metadata.uid;
    case 'Start':
      return instance !== undefined && !isDeleted(instance) && !isFinal(instance);
    default:
      return false;
  }
}

/** Ready is kept also without an instance; all other conditions are the instance's own. */
function syncConditions(
  status: VirtualMachineStatus,
  instance: VirtualMachineInstance | undefined,
  now: Date,
): void {
  updateCondition(status, readyCondition(instance, now));
  if (instance === undefined) {
    return;
  }
  const own = ['Ready', 'Failure', 'RestartRequired'];
  const mirrored = (instance.status?.conditions ?? []).filter(({ type }) => !own.includes(type));
  for (const condition of mirrored) {
    updateCondition(status, withTimes(condition));
  }
  for (const { type } of status.conditions ?? []) {
    if (!own.includes(type) && mirrored.every((condition) => condition.type !== type)) {
      removeCondition(status, type);
    }
  }
}

function readyCondition(instance: VirtualMachineInstance | undefined, now: Date): Condition {
  const time = timestamp(now);
  const missing = { type: 'Ready', status: 'False', lastProbeTime: time, lastTransitionTime: time };
  if (instance === undefined) {
    return { ...missing, reason: 'VMINotExists', message: 'VMI does not exist' };
  }
  const ready = findCondition(instance.status, 'Ready');
  return (
    ready ?? { ...missing, reason: 'VMIConditionMissing', message: 'VMI is missing the Ready condition' }
  );
}

/** Only now that the machine's status has what the instance told may the instance go. */
function* releaseInstance(instance: VirtualMachineInstance | undefined): Plan {
  const finalizers = instance?.metadata.finalizers ?? [];
  if (instance !== undefined && isFinal(instance) && finalizers.includes(finalizer.virtualMachine)) {
    yield* jsonPatch('VirtualMachineInstance', instance, [
      { op: 'test', path: '/metadata/finalizers', value: finalizers },
      {
        op: 'replace',
        path: '/metadata/finalizers',
        value: finalizers.filter((name) => name !== finalizer.virtualMachine),
      },
    ]);
  }
}
