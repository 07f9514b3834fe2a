import type { Logger } from 'pino';
import type { Reconsiderable, Stage } from '../players.ts';
import { isNodeLost } from '../objects/node.ts';
import { label } from '../objects/names.ts';
import type { NodeAdmin } from './node-admin.ts';

/** virt-handler's own interval, without its jitter. Milliseconds. */
const intervalMs = 60_000;

/** The heartbeats of a node's virt-handler; none while it is silent, on its way out, or its node is lost. */
export function startHeartbeats(stage: Stage, admin: NodeAdmin, node: string): Reconsiderable {
  const { caches: view, faults, logger } = stage;
  const isHeard = () => {
    const schedulable = view.get('Node', node)?.metadata.labels?.[label.schedulable] === 'true';
    return schedulable && !faults.silentHandlers.has(node) && !isNodeLost(view, node);
  };
  return { reconsider: () => undefined, stop: sendHeartbeats({ admin, node, logger, isHeard }) };
}

interface Sender {
  readonly admin: NodeAdmin;
  readonly node: string;
  readonly logger: Logger;
  /** Asked before each. Default: always. */
  readonly isHeard?: () => boolean;
}

/** Sends them until what is returned is called. */
export function sendHeartbeats({ admin, node, logger, isHeard = () => true }: Sender): () => void {
  const beat = () => {
    if (!isHeard()) return;
    admin.heartbeat(node).catch((error: unknown) => {
      logger.warn({ err: error, node }, 'heartbeat not written');
    });
  };
  const timer = setInterval(beat, intervalMs).unref();
  return () => clearInterval(timer);
}
