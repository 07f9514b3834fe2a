import type { Instance } from '../../api/instance.ts';
import { disksHeldBy } from '../../domain/instance/disk-rivals.ts';
import { writableDisks } from '../../domain/instance/writable-disks.ts';
import { formatKey, keyOf, type ObjectKey } from '../../kube/resource.ts';
import type { Controller } from '../../runtime/controller.ts';
import { instancesWriting, type World } from '../world.ts';

type Queue = Pick<Controller, 'enqueue'>;

/** Wakes those who may wait for a disk of an Instance. */
export function wakeRivals(controller: Queue, world: World, instance: Instance): void {
  wakeOthers(controller, world, { key: formatKey(keyOf(instance)), disks: writableDisks(instance) });
}

/** What a driver calls when a VM has changed: who waits for a disk of it, or of its Instance, looks again. */
export function noteVm(controller: Queue, world: World): (key: ObjectKey) => void {
  return (vmKey) => {
    const key = formatKey(vmKey);
    const instance = world.instances.get(key);
    const held = world.diskUse.note(key, disksHeldBy(world.driverOf(instance).observe(vmKey)));
    wakeOthers(controller, world, { key, disks: held });
    if (instance !== undefined) wakeRivals(controller, world, instance);
  };
}

function wakeOthers(
  controller: Queue,
  world: World,
  { key, disks }: { readonly key: string; readonly disks: readonly string[] },
): void {
  const others = disks.flatMap((disk) => instancesWriting(world, disk)).map((one) => formatKey(keyOf(one)));
  for (const other of new Set(others)) if (other !== key) controller.enqueue(other);
}
