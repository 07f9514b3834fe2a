import type { Instance, InstanceStatus, VirtualMachineInstance } from './kinds.ts';
import { BOOT } from './render.ts';

/** The status of an Instance, from what is there. */
export function nextStatus(
  instance: Instance,
  vmi: VirtualMachineInstance | undefined,
  boot: string,
  now: Date,
): InstanceStatus {
  const { generation = 0 } = instance.metadata;
  const isUp = vmi?.status?.phase === 'Running' && vmi.metadata.annotations?.[BOOT] === boot;
  const [busy, settled] = statesOf(instance);
  const state = isUp ? settled : busy;
  return {
    observedGeneration: generation,
    state,
    powerState: isUp ? 'Running' : 'Stopped',
    ...(isUp && { node: vmi.status.nodeName }),
    conditions: [readyCondition(instance, state, isUp, now)],
  };
}

function readyCondition(instance: Instance, reason: string, isReady: boolean, now: Date) {
  const status = isReady ? 'True' : 'False';
  const before = instance.status?.conditions?.find(({ type }) => type === 'Ready');
  const isSame = before?.status === status;
  return {
    type: 'Ready',
    status,
    reason,
    message: isReady ? 'The VM is as it is wanted.' : 'The VM is not as it is wanted yet.',
    observedGeneration: instance.metadata.generation ?? 0,
    lastTransitionTime: isSame ? before.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** On the way, and there. */
function statesOf({ spec, status }: Instance): [busy: string, settled: string] {
  if (spec.rescue !== undefined) return ['Rescuing', 'Rescued'];
  const wasRescued = status?.state === 'Rescued' || status?.state === 'Unrescuing';
  return [wasRescued ? 'Unrescuing' : 'Starting', 'Running'];
}
