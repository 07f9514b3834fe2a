/**
 * The VM controller of virt-controller: finalizer, run strategy, restart requests, start back-off, live updates, and the
 * status of the VirtualMachine.
 */
import { jsonPatch, update } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import { keyIn } from '../../engine/view.ts';
import type { View } from '../../engine/view.ts';
import { removeCondition } from '../../objects/conditions.ts';
import {
  hasApiVersionAnnotations,
  isControlledBy,
  isDeleted,
  withApiVersionAnnotations,
} from '../../objects/instance.ts';
import type {
  VirtualMachine,
  VirtualMachineInstance,
  VirtualMachineSpec,
  VirtualMachineStatus,
} from '../../objects/kinds.ts';
import { finalizer } from '../../objects/names.ts';
import { bumpGeneration, pushLiveFields } from './live-update.ts';
import { legacyFirmwareUuid } from './legacy-uuid.ts';
import { syncRestartRequired } from './restart-required.ts';
import { startedSpec } from './revision.ts';
import { runStrategyOf } from './run-strategy.ts';
import { followRunStrategy, needsRerun, stop } from './start-stop.ts';
import type { Started } from './start-stop.ts';
import { updateMachineStatus } from './status.ts';

interface Pass {
  machine: VirtualMachine;
  instance: VirtualMachineInstance | undefined;
  status: VirtualMachineStatus;
  done: Started;
}

export function* reconcileMachine(view: View, key: string, now: Date): Plan {
  const machine = view.get('VirtualMachine', key);
  if (machine === undefined) {
    return;
  }
  if (!hasApiVersionAnnotations(machine)) {
    yield* update('VirtualMachine', withApiVersionAnnotations(machine));
    return;
  }
  const instance = ownInstance(view, machine);
  const pass: Pass = { machine, instance, status: structuredClone(machine.status ?? {}), done: 'nothing' };
  yield* isDeleted(machine) ? tearDown(pass) : sync(view, pass, now);
  yield* updateMachineStatus({ ...pass, now });
}

/** An instance of that name that belongs to someone else is left alone. */
function ownInstance(view: View, machine: VirtualMachine): VirtualMachineInstance | undefined {
  const instance = view.get('VirtualMachineInstance', keyIn(machine, machine.metadata.name));
  return instance !== undefined && isControlledBy(instance, machine) ? instance : undefined;
}

function* tearDown(pass: Pass): Plan {
  if (pass.instance === undefined) {
    pass.machine = yield* setFinalizer(pass.machine, false);
  } else {
    pass.done = yield* stop(pass.machine, pass.instance);
  }
}

function* sync(view: View, pass: Pass, now: Date): Plan {
  const started = pass.instance === undefined ? undefined : startedSpec(view, pass.machine);
  pass.machine = yield* setFinalizer(pass.machine, true);
  // The answer to the patch is newer than the cache: so is its status.
  pass.status = structuredClone(pass.machine.status ?? {});
  if (pass.instance !== undefined) {
    pass.instance = yield* bumpGeneration(view, pass.machine, pass.instance);
  }
  const restartRequired = yield* startOrStop(view, pass, { started, now });
  if (pass.done !== 'nothing') {
    return;
  }
  pass.machine = yield* syncFirmware(pass.machine);
  if (pass.instance !== undefined && !restartRequired) {
    yield* pushLiveFields(pass.machine, pass.instance, now);
  }
}

/** @returns whether the template has changes that wait for a restart. */
function* startOrStop(
  view: View,
  pass: Pass,
  { started, now }: { started: VirtualMachineSpec | undefined; now: Date },
): Plan<boolean> {
  const { machine, instance, status } = pass;
  const situation = { view, machine, instance, runStrategy: runStrategyOf(machine), now };
  pass.done = yield* followRunStrategy(situation);
  if (pass.done !== 'nothing') {
    removeCondition(status, 'RestartRequired');
  }
  if (pass.done === 'stopped' && needsRerun(situation)) {
    status.stateChangeRequests = [...(status.stateChangeRequests ?? []), { action: 'Start' }];
  }
  return syncRestartRequired(status, machine, started, now);
}

function* setFinalizer(machine: VirtualMachine, present: boolean): Plan<VirtualMachine> {
  const before = machine.metadata.finalizers ?? [];
  const without = before.filter((name) => name !== finalizer.virtualMachine);
  if (before.includes(finalizer.virtualMachine) === present) {
    return machine;
  }
  const after = present ? [...before, finalizer.virtualMachine] : without;
  return yield* jsonPatch('VirtualMachine', machine, [
    { op: 'test', path: '/metadata/finalizers', value: machine.metadata.finalizers ?? null },
    { op: 'replace', path: '/metadata/finalizers', value: after },
  ]);
}

/** Only a machine's creation gives it a random UUID; one whose UUID was dropped later gets the one made of its name. */
function* syncFirmware(machine: VirtualMachine): Plan<VirtualMachine> {
  const { firmware } = machine.spec.template.spec.domain;
  if ((firmware?.uuid ?? '') !== '') {
    return machine;
  }
  const path = '/spec/template/spec/domain/firmware';
  return yield* jsonPatch('VirtualMachine', machine, [
    { op: 'test', path, value: firmware ?? null },
    { op: 'add', path, value: { ...firmware, uuid: legacyFirmwareUuid(machine.metadata.name) } },
  ]);
}
