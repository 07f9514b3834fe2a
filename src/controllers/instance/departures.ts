import type { Instance } from '../../api/instance.ts';
import { isOn } from '../../domain/instance/facets/disks.ts';
import { formatKey, keyOf, type ObjectKey } from '../../kube/resource.ts';
import type { Controller } from '../../runtime/controller.ts';
import { rivalsOf, type World } from '../world.ts';

type Queue = Pick<Controller, 'enqueue'>;

/** Wakes those who may wait for a disk of an Instance. */
export function wakeRivals(controller: Queue, world: World, instance: Instance): void {
  for (const rival of rivalsOf(world, instance)) controller.enqueue(formatKey(keyOf(rival)));
}

/** An Instance is gone; its VM may still write to its disks for a while, or for ever. */
export function noteDeparture(world: World, instance: Instance): void {
  if (isOn(world.driverOf(instance).observe(instance.metadata))) world.departed.upsert(instance);
}

/** An Instance can be read again: it speaks for itself. */
export function noteReturn(world: World, instance: Instance): void {
  const departed = world.departed.get(formatKey(keyOf(instance)));
  if (departed?.metadata.uid === instance.metadata.uid) world.departed.remove(instance);
}

/** What a driver calls when a VM has changed: who waits for a disk of it looks again. */
export function wakeWaiting(controller: Queue, world: World): (key: ObjectKey) => void {
  return (key) => {
    const id = formatKey(key);
    const departed = world.departed.get(id);
    const instance = world.instances.get(id) ?? departed;
    if (departed !== undefined && !isOn(world.driverOf(departed).observe(key)))
      world.departed.remove(departed);
    if (instance !== undefined) wakeRivals(controller, world, instance);
  };
}
