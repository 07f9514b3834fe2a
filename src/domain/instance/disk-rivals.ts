import type { Instance, Operation } from '../../api/instance.ts';
import type { ObservedVm } from '../observed.ts';
import { writableDisks } from './writable-disks.ts';

interface Rival {
  readonly namespace: string;
  readonly name: string;
  /** The disks that both would write to, in words. */
  readonly disks: readonly string[];
  /** Whether a VM of its name runs, or is to be run by its backend at any moment. */
  readonly occupies: boolean;
}

/** Another Instance that writes, or would write, to disks that an Instance writes to. */
export interface InstanceRival extends Rival {
  readonly kind: 'Instance';
  readonly uid: string;
  readonly creationTimestamp: string;
  /** What is being done to it. */
  readonly operation: Operation | undefined;
}

/** What is left of an Instance that is gone, or that can't be read: a VM that still writes to such disks. */
interface VmRival extends Rival {
  readonly kind: 'Vm';
}

export type DiskRival = InstanceRival | VmRival;

/** What is there under a name: an Instance, a VM, or both. */
export interface Contender {
  readonly namespace: string;
  readonly name: string;
  readonly instance: Instance | undefined;
  readonly vm: ObservedVm | undefined;
}

/** What a contender is to an Instance; `undefined`: they share no disk. */
export function rivalOf(instance: Instance, contender: Contender): DiskRival | undefined {
  const { namespace, name, instance: other, vm } = contender;
  const theirs = [...(other === undefined ? [] : writableDisks(other)), ...disksHeldBy(vm)];
  const disks = writableDisks(instance).filter((disk) => theirs.includes(disk));
  if (disks.length === 0) return undefined;
  const shared = { namespace, name, disks, occupies: isOn(vm) };
  if (other === undefined) return { ...shared, kind: 'Vm' };
  const { uid, creationTimestamp } = other.metadata;
  return { ...shared, kind: 'Instance', uid, creationTimestamp, operation: other.status?.operation };
}

/** The disks that nobody else may write to because of a VM that was made for an Instance, whatever became of that. */
export function disksHeldBy(vm: ObservedVm | undefined): readonly string[] {
  return vm?.ownership.kind === 'Instance' && isOn(vm) ? vm.writes : [];
}

/** Whether it runs, as far as is known, or its backend may run it at any moment. */
export function isOn(vm: ObservedVm | undefined): boolean {
  if (vm === undefined) return false;
  return (
    vm.mayRun === true ||
    vm.stored.power === 'On' ||
    (vm.running !== undefined && vm.running.phase !== 'Ended')
  );
}
