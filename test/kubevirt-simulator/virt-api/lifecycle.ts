/** `restart`, `stop` and `start` of a VirtualMachine: patches of its status or its run strategy, and many ways to say no. */
import type { JsonPatchOperation } from '../../../src/kube/resource-client.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { isFinal, phaseOf } from '../objects/instance.ts';
import type { StateChangeRequest, VirtualMachine, VirtualMachineInstance } from '../objects/kinds.ts';
import { runStrategyOf } from '../virt-controller/machine/run-strategy.ts';
import { accepted, badRequest, conflict, failed, internalError, notFound } from './answers.ts';
import type { Answer } from './answers.ts';
import type { ApiClient } from './client.ts';

export interface Call {
  readonly client: ApiClient;
  readonly key: ObjectKey;
  readonly body: CallBody;
}

export interface CallBody {
  readonly gracePeriodSeconds?: number;
  readonly gracePeriod?: number;
  readonly paused?: boolean;
  readonly dryRun?: readonly string[];
  readonly addedNodeSelector?: Record<string, string>;
  readonly evacuationNodeName?: string;
}

interface Found extends Call {
  readonly machine: VirtualMachine;
  readonly instance: VirtualMachineInstance | undefined;
  readonly dryRun: boolean;
}

/** The shortest grace period that KubeVirt gives a restarted guest, in seconds. */
const forcedGraceSeconds = 1;

async function find(call: Call): Promise<Found | Answer> {
  const machine = await call.client.find('VirtualMachine', call.key);
  if (machine === undefined) {
    return notFound('virtualmachine', call.key.name);
  }
  const instance = await call.client.find('VirtualMachineInstance', call.key);
  return { ...call, machine, instance, dryRun: call.body.dryRun?.includes('All') === true };
}

export async function restart(call: Call): Promise<Answer> {
  const grace = call.body.gracePeriodSeconds ?? 0;
  if (grace > 0) {
    return badRequest('For force restart, only gracePeriod=0 is supported for now');
  }
  if (grace < 0) {
    return badRequest('gracePeriod has to be greater or equal to 0');
  }
  const found = await find(call);
  if (!('machine' in found)) {
    return found;
  }
  const strategy = runStrategyOf(found.machine);
  if (strategy === 'Halted' || strategy === 'Once') {
    return conflict(call.key.name, `RunStategy ${strategy} does not support manual restart requests`);
  }
  return found.instance === undefined
    ? conflict(call.key.name, 'VM is not running: Halted')
    : await restartInstance(found, found.instance);
}

/** The grace period is cut before anyone knows whether the restart can be had, and put back if it can't. */
async function restartInstance(found: Found, instance: VirtualMachineInstance): Promise<Answer> {
  const forced = found.body.gracePeriodSeconds === 0;
  const before = instance.spec.terminationGracePeriodSeconds;
  try {
    if (forced) {
      await patchGrace(found, before, forcedGraceSeconds);
    }
  } catch (error) {
    return failed(error);
  }
  const patch = requestPatch(found.machine, [
    { action: 'Stop', uid: instance.metadata.uid ?? '' },
    { action: 'Start' },
  ]);
  if (patch === undefined) {
    return internalError('unable to complete request: stop/start already underway');
  }
  const answer = await patchStatus(found, patch);
  if (answer.code !== 202 && forced) {
    await patchGrace(found, forcedGraceSeconds, before ?? 0);
  }
  return answer;
}

async function patchGrace(
  { client, key, dryRun }: Found,
  before: number | undefined,
  after: number,
): Promise<void> {
  const path = '/spec/terminationGracePeriodSeconds';
  await client.patch(
    'VirtualMachineInstance',
    key,
    [
      { op: 'test', path, value: before ?? null },
      { op: 'replace', path, value: after },
    ],
    { dryRun },
  );
}

async function patchStatus(
  { client, key, dryRun }: Found,
  patch: readonly JsonPatchOperation[],
): Promise<Answer> {
  try {
    await client.patch('VirtualMachine', key, patch, { dryRun, subresource: 'status' });
    return accepted;
  } catch (error) {
    return failed(error);
  }
}

/** Undefined when requests are under way that these may not replace. A call also forgets about failed starts. */
function requestPatch(
  machine: VirtualMachine,
  changes: readonly StateChangeRequest[],
): JsonPatchOperation[] | undefined {
  const path = '/status/stateChangeRequests';
  if (machine.status === undefined) {
    return [{ op: 'add', path: '/status', value: { stateChangeRequests: changes } }];
  }
  const pending = machine.status.stateChangeRequests ?? [];
  const stopsOnly = changes.length === 1 && changes[0]?.action === 'Stop';
  if (pending.length > 0 && !stopsOnly) {
    return undefined;
  }
  return [
    { op: 'test', path, value: machine.status.stateChangeRequests ?? null },
    { op: pending.length === 0 ? 'add' : 'replace', path, value: changes },
    ...(machine.status.startFailure === undefined
      ? []
      : [{ op: 'remove' as const, path: '/status/startFailure' }]),
  ];
}

async function setRunStrategy({ client, key, machine, dryRun }: Found, runStrategy: string): Promise<Answer> {
  const { spec } = machine;
  const old = spec.runStrategy === undefined;
  const path = old ? '/spec/running' : '/spec/runStrategy';
  const patch: JsonPatchOperation[] = [
    { op: 'test', path, value: (old ? spec.running : spec.runStrategy) ?? null },
    { op: 'replace', path, value: old ? runStrategy === 'Always' : runStrategy },
  ];
  try {
    await client.patch('VirtualMachine', key, patch, { dryRun });
    return accepted;
  } catch (error) {
    return failed(error);
  }
}

async function request(found: Found, changes: readonly StateChangeRequest[]): Promise<Answer> {
  const patch = requestPatch(found.machine, changes);
  return patch === undefined
    ? internalError('unable to complete request: stop/start already underway')
    : await patchStatus(found, patch);
}

export async function start(call: Call): Promise<Answer> {
  const found = await find(call);
  if (!('machine' in found)) {
    return found;
  }
  const { machine, instance, key } = found;
  if (instance !== undefined && !isFinal(instance) && phaseOf(instance) !== '') {
    return conflict(key.name, 'VM is already running');
  }
  const strategy = runStrategyOf(machine);
  switch (strategy) {
    case 'Halted':
      return await setRunStrategy(found, 'Always');
    case 'Manual':
    case 'RerunOnFailure':
      return await requestStart(found, strategy);
    default:
      return conflict(key.name, `${strategy} does not support manual start requests`);
  }
}

async function requestStart(found: Found, strategy: string): Promise<Answer> {
  const { instance, key } = found;
  if (instance !== undefined && strategy === 'RerunOnFailure' && phaseOf(instance) === 'Failed') {
    return conflict(key.name, `${strategy} does not support starting VM from failed state`);
  }
  const stop: StateChangeRequest[] =
    instance === undefined ? [] : [{ action: 'Stop', uid: instance.metadata.uid ?? '' }];
  return await request(found, [...stop, { action: 'Start' }]);
}

export async function stop(call: Call): Promise<Answer> {
  const found = await find(call);
  if (!('machine' in found)) {
    return found;
  }
  const { instance, body } = found;
  const before = instance?.spec.terminationGracePeriodSeconds;
  const running = instance !== undefined && !isFinal(instance) ? instance : undefined;
  try {
    if (running !== undefined && body.gracePeriod !== undefined) {
      await patchGrace(found, before, body.gracePeriod);
    }
  } catch (error) {
    return failed(error);
  }
  const shorter = body.gracePeriod !== undefined && (before === undefined || body.gracePeriod < before);
  return await stopInstance(found, running, shorter);
}

async function stopInstance(
  found: Found,
  running: VirtualMachineInstance | undefined,
  shorter: boolean,
): Promise<Answer> {
  const strategy = runStrategyOf(found.machine);
  if (strategy === 'Always' || strategy === 'Once') {
    return await setRunStrategy(found, 'Halted');
  }
  if (running === undefined) {
    return conflict(found.key.name, 'VM is not running');
  }
  return strategy === 'Halted' && !shorter
    ? conflict(found.key.name, 'Halted only supports manual stop requests with a shorter graceperiod')
    : await request(found, [{ action: 'Stop', uid: running.metadata.uid ?? '' }]);
}
