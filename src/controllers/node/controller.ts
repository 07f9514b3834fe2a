import { Controller } from '../../runtime/controller.ts';
import { isNews } from '../node.ts';
import { reconcileNode, type NodeDeps } from './reconcile.ts';

/** Wakes a node when it changes but for heartbeats; its driver tells when its hypervisor does. */
export function nodeController(deps: NodeDeps, workers: number): Controller {
  const { world, logger } = deps;
  const controller = new Controller({
    name: 'node',
    workers,
    logger,
    reconcile: (key) => reconcileNode(key, deps),
  });
  world.nodes.onChange((change) => {
    if (isNews(change)) controller.enqueue(change.object.metadata.name);
  });
  return controller;
}
