import { formatKey, keyOf } from '../../kube/resource.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNews } from '../node.ts';
import { instancesAskedToLeave, instanceKeyOf, instancesOn } from '../world.ts';
import { wakeRivals } from './disk-waiters.ts';
import { reconcileInstance } from './reconcile.ts';
import { Refusals } from './refusals.ts';

/** Wakes an Instance when it, its VM, its migration or its node change. */
export function instanceController(deps: ControllerDeps, workers: number): Controller {
  const { world, logger } = deps;
  const refusals = new Refusals();
  const controller = new Controller({
    name: 'instance',
    workers,
    logger,
    reconcile: (key) => reconcileInstance(key, deps, refusals),
  });
  world.instances.onChange(({ object, previous }) => {
    controller.enqueue(formatKey(keyOf(object)));
    wakeRivals(controller, world, object);
    if (previous !== undefined && previous.spec !== object.spec) wakeRivals(controller, world, previous);
  });
  // A migration that is gone leaves its lock behind.
  world.migrations.onChange(({ type, object }) => {
    if (type === 'Deleted') controller.enqueue(instanceKeyOf(object));
  });
  world.unreadable.instances.onChange(({ object }) => controller.enqueue(formatKey(keyOf(object))));
  world.unreadable.migrations.onChange(({ type, object }) => {
    if (type !== 'Deleted') return;
    const held = world.instances
      .list()
      .filter(({ status }) => status?.operation?.uid === object.metadata.uid);
    for (const instance of held) controller.enqueue(formatKey(keyOf(instance)));
  });
  world.nodes.onChange((change) => {
    if (!isNews(change)) return;
    const affected = [...instancesOn(world, change.object.metadata.name), ...instancesAskedToLeave(world)];
    for (const instance of affected) controller.enqueue(formatKey(keyOf(instance)));
  });
  return controller;
}
