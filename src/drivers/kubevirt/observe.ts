import type { ResolvedIdentity } from '../../api/instance.ts';
import { MODE_ANNOTATION, SESSION_ANNOTATION, SPEC_HASH_ANNOTATION } from '../../api/names.ts';
import type {
  ObservedVm,
  Power,
  RunningVm,
  Trouble,
  VmTrouble,
  VmTroubleReason,
} from '../../domain/observed.ts';
import type { Boot } from '../../domain/vm.ts';
import { ownershipOf } from './ownership.ts';
import type { BootAnnotations, Condition, VirtualMachine, VirtualMachineInstance } from './resources.ts';

/**
 * The VM as KubeVirt has it. `ending` is the uid of the instance whose end was asked for and accepted, which KubeVirt's
 * objects show only a moment later.
 */
export function observeVm(
  vm: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  ending?: string,
): ObservedVm {
  const { metadata, spec } = vm;
  const power = powerOf(vm, instance);
  return {
    uid: metadata.uid,
    ownership: ownershipOf(vm),
    identity: identityOf(vm, instance),
    writes: [...new Set([...vm.writes, ...(instance?.writes ?? [])])],
    stored: { boot: bootOf(spec.template.metadata?.annotations), power, drift: [] },
    running: instance && runningVm(vm, instance, ending),
    mayRun: power === 'Off' && mayBeInstance(vm),
    trouble: troubleOf(vm, instance),
  };
}

/**
 * The instance, if it is one of this VM: each comes through a watch of its own, and a VM of the same name may have been
 * made again, by us or by somebody else.
 */
export function instanceOf(
  { metadata: { uid } }: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): VirtualMachineInstance | undefined {
  const owners = instance?.metadata.ownerReferences ?? [];
  return owners.some((owner) => owner.uid === uid) ? instance : undefined;
}

/** Whether the end of this boot has been asked for, by whomever. */
export function isEnding(
  vm: VirtualMachine | undefined,
  { metadata }: VirtualMachineInstance,
  ending: string | undefined,
): boolean {
  const requests = vm?.status?.stateChangeRequests ?? [];
  return (
    metadata.deletionTimestamp !== undefined ||
    metadata.uid === ending ||
    requests.some(({ action, uid }) => action === 'Stop' && uid === metadata.uid)
  );
}

/** Whether KubeVirt should run it. With a strategy that is not ours it need not start again what has ended. */
export function powerOf(vm: VirtualMachine, instance: VirtualMachineInstance | undefined): Power {
  const { runStrategy, running } = vm.spec;
  if (isStoredOff(vm)) return 'Off';
  return runStrategy === 'Always' || running === true || instance !== undefined ? 'On' : 'Off';
}

/** Whether KubeVirt is told that it is not to run. */
export function isStoredOff({ spec: { runStrategy, running } }: VirtualMachine): boolean {
  return runStrategy === 'Halted' || running === false;
}

/** Whether an instance may be there, whatever its own watch shows; KubeVirt's word is as old as the strategy in it. */
function mayBeInstance(vm: VirtualMachine): boolean {
  const { created = false, runStrategy = 'Halted' } = vm.status ?? {};
  return created || (isStoredOff(vm) && runStrategy !== 'Halted');
}

/** What carries no mode was not booted by us, and so not in rescue. */
export function bootOf(annotations: BootAnnotations | null | undefined): Boot {
  return {
    mode: annotations?.[MODE_ANNOTATION] === 'Rescue' ? 'Rescue' : 'Normal',
    session: annotations?.[SESSION_ANNOTATION] ?? '',
    specHash: annotations?.[SPEC_HASH_ANNOTATION] ?? '',
  };
}

/** What a VM doesn't say of itself, as one that others have made may not, its guest that runs has been given. */
function identityOf(
  { spec }: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): ResolvedIdentity | undefined {
  const { firmware, devices } = spec.template.spec?.domain ?? {};
  const { uuid, serial } = { ...instance?.spec?.domain?.firmware, ...firmware };
  if (uuid === undefined) return undefined;
  const own = (devices?.interfaces ?? []).map(({ name, macAddress: mac }) => ({ name, mac }));
  const addresses = [...givenAddresses(instance), ...own].flatMap(entryOf);
  return { firmwareUUID: uuid, serial: serial ?? uuid, macAddresses: Object.fromEntries(addresses) };
}

interface Address {
  readonly name?: string | undefined;
  readonly mac?: string | undefined;
}

function givenAddresses(instance: VirtualMachineInstance | undefined): readonly Address[] {
  return instance?.status?.interfaces ?? [];
}

function entryOf({ name, mac = '' }: Address): [string, string][] {
  return name === undefined || mac === '' ? [] : [[name, mac]];
}

function runningVm(
  vm: VirtualMachine,
  instance: VirtualMachineInstance,
  ending: string | undefined,
): RunningVm {
  const { metadata, status } = instance;
  const migratable = conditionOf(instance, 'LiveMigratable');
  return {
    bootId: metadata.uid,
    boot: bootOf(metadata.annotations),
    phase: shownPhase(vm, instance, ending),
    node: status?.nodeName === '' ? undefined : status?.nodeName,
    notMigratable: migratable?.status === 'False' ? wordsOf(migratable, 'NotMigratable') : undefined,
    evictionMark: evictionMarkOf(instance),
  };
}

/** Node from which KubeVirt has refused to evict it; undefined: none. */
export function evictionMarkOf({ status }: VirtualMachineInstance): string | undefined {
  return status?.evacuationNodeName === '' ? undefined : status?.evacuationNodeName;
}

/** A guest that has ended does not stop any more, though its instance is still being deleted. */
function shownPhase(
  vm: VirtualMachine,
  instance: VirtualMachineInstance,
  ending: string | undefined,
): RunningVm['phase'] {
  const phase = phaseOf(instance);
  return phase !== 'Ended' && isEnding(vm, instance, ending) ? 'Stopping' : phase;
}

function phaseOf(instance: VirtualMachineInstance): RunningVm['phase'] {
  switch (instance.status?.phase) {
    case 'Running':
      return conditionOf(instance, 'Paused')?.status === 'True' ? 'Paused' : 'Running';
    case 'Succeeded':
    case 'Failed':
      return 'Ended';
    case undefined:
    default:
      return 'Starting';
  }
}

/** Reasons of an instance without a pod that will be in the VM's printableStatus in a moment. */
const EARLY_REASONS: ReadonlyMap<string, VmTroubleReason> = new Map([
  ['ErrImagePull', 'ImagePullFailed'],
  ['FailedPvcNotFound', 'ClaimNotFound'],
  ['ImagePullBackOff', 'ImagePullFailed'],
]);

/** Values of printableStatus that say why the VM does not run; the others say what it does. */
const TROUBLES: ReadonlyMap<string, VmTroubleReason> = new Map([
  ['CrashLoopBackOff', 'BootFailed'],
  ['DataVolumeError', 'DataVolumeFailed'],
  ['ErrImagePull', 'ImagePullFailed'],
  ['ErrorDataVolumeNotFound', 'DataVolumeNotFound'],
  ['ErrorPvcNotFound', 'ClaimNotFound'],
  ['ErrorUnschedulable', 'Unschedulable'],
  ['ImagePullBackOff', 'ImagePullFailed'],
]);

function troubleOf(vm: VirtualMachine, instance: VirtualMachineInstance | undefined): VmTrouble | undefined {
  const conditions = [vm, instance].flatMap((object) => object?.status?.conditions ?? []);
  const failure = conditions.find(isFailure) ?? obstacleToPod(instance);
  const said = vm.status?.printableStatus ?? '';
  const reason = TROUBLES.get(said);
  if (reason === undefined) return failure && troubleFrom(failure);
  const obstacle = conditions.find(isObstacle);
  // What was said of an instance stays on the VM when the instance is gone.
  const words = reason === 'BootFailed' ? startFailureOf(vm) : obstacle?.message;
  return { reason, message: words ?? `KubeVirt says ${said}.` };
}

function troubleFrom(condition: Condition): VmTrouble {
  const reason = EARLY_REASONS.get(condition.reason ?? '');
  if (reason === undefined) return { reason: 'BackendFailed', message: sentenceOf(condition) };
  return { reason, message: wordsOf(condition, '').message };
}

/** A pod that can't be made (a quota, a policy of the namespace) shows nowhere else. What runs has its pod. */
function obstacleToPod(instance: VirtualMachineInstance | undefined): Condition | undefined {
  if (instance?.status === undefined || instance.status.hasRun) return undefined;
  return instance.status.conditions.find(({ type, status }) => type === 'Synchronized' && status === 'False');
}

function isFailure({ type, status }: Condition): boolean {
  return type === 'Failure' && status === 'True';
}

function isObstacle({ type, status }: Condition): boolean {
  return (type === 'Synchronized' || type === 'PodScheduled') && status === 'False';
}

function startFailureOf({ status }: VirtualMachine): string | undefined {
  const failure = status?.startFailure;
  if (failure?.consecutiveFailCount === undefined) return undefined;
  const retry =
    failure.retryAfterTimestamp == null ? '' : `; KubeVirt tries again at ${failure.retryAfterTimestamp}`;
  return `The VM ended before it ran, ${failure.consecutiveFailCount} time(s) in a row${retry}.`;
}

function conditionOf(instance: VirtualMachineInstance, type: string): Condition | undefined {
  return instance.status?.conditions.find((condition) => condition.type === type);
}

function sentenceOf({ reason, message }: Condition): string {
  return [reason, message].filter((words) => words !== undefined && words !== '').join(': ');
}

function wordsOf({ reason, message }: Condition, otherwise: string): Trouble {
  return { reason: reason ?? otherwise, message: message ?? 'KubeVirt gave no reason.' };
}
