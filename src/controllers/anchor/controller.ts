import { formatKey, keyOf } from '../../kube/resource.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNews } from '../node.ts';
import { instanceKeyOf, instancesOn } from '../world.ts';
import type { Anchorage } from './anchorage.ts';
import { reconcileAnchors } from './reconcile.ts';
import { anchoredBy } from './resources.ts';

interface AnchorControllerOptions {
  readonly anchorage: Anchorage;
  readonly workers: number;
  /** Wakes who waits for an anchor: `namespace/name` of an Instance. */
  readonly wake: (key: string) => void;
}

/** Wakes the anchors of an Instance when it, they, its migrations or its node change. */
export function anchorController(
  deps: ControllerDeps,
  { anchorage, workers, wake }: AnchorControllerOptions,
): Controller {
  const { world, logger } = deps;
  const controller = new Controller({
    name: 'anchor',
    workers,
    logger,
    reconcile: (key) => reconcileAnchors(key, { ...deps, anchorage, wake }),
  });
  world.instances.onChange(({ object }) => controller.enqueue(formatKey(keyOf(object))));
  world.migrations.onChange(({ object }) => controller.enqueue(instanceKeyOf(object)));
  anchorage.anchors.pods.onChange(({ object }) => {
    controller.enqueue(anchoredBy(object));
    wake(anchoredBy(object));
  });
  anchorage.anchors.budgets.onChange(({ type, object }) => {
    if (type === 'Deleted') controller.enqueue(anchoredBy(object));
  });
  world.nodes.onChange((change) => {
    if (!isNews(change)) return;
    for (const instance of instancesOn(world, change.object.metadata.name)) {
      controller.enqueue(formatKey(keyOf(instance)));
    }
  });
  return controller;
}
