import { formatKey, keyOf } from '../../kube/resource.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNews } from '../node.ts';
import { instancesOn } from '../world.ts';
import { noteDeparture, wakeRivals } from './departures.ts';
import { reconcileInstance } from './reconcile.ts';

/** Wakes an Instance when it, its VM, its migration or its node change. */
export function instanceController(deps: ControllerDeps, workers: number): Controller {
  const { world, logger } = deps;
  const controller = new Controller({
    name: 'instance',
    workers,
    logger,
    reconcile: (key) => reconcileInstance(key, deps),
  });
  world.instances.onChange(({ type, object, previous }) => {
    if (type === 'Deleted') noteDeparture(world, object);
    controller.enqueue(formatKey(keyOf(object)));
    wakeRivals(controller, world, object);
    if (previous !== undefined && previous.spec !== object.spec) wakeRivals(controller, world, previous);
  });
  // A migration that is gone leaves its lock behind.
  world.migrations.onChange(({ type, object }) => {
    const { namespace } = object.metadata;
    if (type === 'Deleted') controller.enqueue(formatKey({ namespace, name: object.spec.instanceName }));
  });
  world.nodes.onChange((change) => {
    if (!isNews(change)) return;
    for (const instance of instancesOn(world, change.object.metadata.name))
      controller.enqueue(formatKey(keyOf(instance)));
  });
  return controller;
}
