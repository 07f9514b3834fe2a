import type { Instance } from '../../api/instance.ts';
import type { ObservedVm } from '../observed.ts';

/** Name of the node that a VM is on, or, where it is not seen, that it was last said to be on. */
export function hostNameOf({
  instance,
  vm,
}: {
  readonly instance: Pick<Instance, 'status'>;
  readonly vm: ObservedVm | undefined;
}): string | undefined {
  return nodeOf(vm) ?? instance.status?.placement?.node;
}

function nodeOf(vm: ObservedVm | undefined): string | undefined {
  if (vm === undefined) return undefined;
  const { running, stored } = vm;
  return running === undefined || running.phase === 'Ended' ? stored.node : (running.node ?? stored.node);
}
