import { announceCapability } from '../../domain/node/announcements.ts';
import { decideCapability, type CapabilityDecision } from '../../domain/node/capability.ts';
import type { ReconcileResult } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { LEASE_ENDS } from '../unsettled.ts';
import { observeNode } from '../../domain/node/observe.ts';

type Shared = Pick<ControllerDeps, 'world' | 'nodeLabels' | 'minimum' | 'events' | 'logger' | 'mayAct'>;

export interface NodeDeps extends Shared {
  /** By node: what the last look of this process found; tells which Events are news, and nothing else. */
  readonly found: Map<string, CapabilityDecision>;
}

/** One pass over a node: observe, decide, write its labels if they differ. `key` is its name. */
export async function reconcileNode(key: string, deps: NodeDeps): Promise<ReconcileResult> {
  const object = deps.world.nodes.get(key);
  if (object === undefined) {
    deps.found.delete(key);
    return {};
  }
  if (!deps.mayAct()) return LEASE_ENDS;
  const node = observeNode(object);
  const driver = deps.world.driverOf(undefined);
  const seen = {
    node,
    hypervisor: driver.observeNode(node.name),
    minimum: deps.minimum,
    placement: driver.capabilities.placesVms ? ('ByBackend' as const) : ('ByScheduler' as const),
  };
  const decision = decideCapability(seen, deps.world.now());
  if (Object.keys(decision.labels).length > 0) {
    const written = await deps.nodeLabels.writeLabels(object, decision.labels);
    if (written === 'gone') return {};
  }
  deps.events.nodeSeen(object, announceCapability(node, deps.found.get(key), decision));
  deps.found.set(key, decision);
  return { after: decision.lookAgain, because: 'its hypervisor is to be heard of by then' };
}
