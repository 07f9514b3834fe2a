import type { Reconsiderable, Stage } from '../players.ts';
import { isNodeLost } from '../objects/node.ts';
import { label } from '../objects/names.ts';
import type { NodeAdmin } from './node-admin.ts';

/** virt-handler's own interval, without its jitter. Milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 60_000;

/** The heartbeats of a node's virt-handler; none while it is silent, on its way out, or its node is lost. */
export function startHeartbeats(stage: Stage, admin: NodeAdmin, node: string): Reconsiderable {
  const { caches: view, faults, logger } = stage;
  const beat = (): void => {
    const schedulable = view.get('Node', node)?.metadata.labels?.[label.schedulable] === 'true';
    if (!schedulable || faults.silentHandlers.has(node) || isNodeLost(view, node)) {
      return;
    }
    admin.heartbeat(node).catch((error: unknown) => {
      logger.warn({ err: error, node }, 'heartbeat not written');
    });
  };
  const timer = setInterval(beat, HEARTBEAT_INTERVAL_MS).unref();
  return {
    reconsider: () => undefined,
    stop: () => {
      clearInterval(timer);
    },
  };
}
