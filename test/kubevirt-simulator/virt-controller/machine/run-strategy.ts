import type { VirtualMachine, VirtualMachineInstance } from '../../objects/kinds.ts';

/** `running` is the old way to say Always or Halted. */
export function runStrategyOf(machine: VirtualMachine): string {
  const { runStrategy, running } = machine.spec;
  return runStrategy ?? (running === true ? 'Always' : 'Halted');
}

/** Only the first request counts: those behind it have not been acted upon. */
export function hasStopRequestFor(machine: VirtualMachine, instance: VirtualMachineInstance): boolean {
  const first = machine.status?.stateChangeRequests?.[0];
  return first?.action === 'Stop' && first.uid !== undefined && first.uid === instance.metadata.uid;
}

export function hasStartRequest(machine: VirtualMachine): boolean {
  return machine.status?.stateChangeRequests?.[0]?.action === 'Start';
}
