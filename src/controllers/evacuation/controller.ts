import { isMadeByDrain } from '../../domain/evacuation/attempts.ts';
import { isFinal } from '../../domain/live-migration/decide.ts';
import { formatKey, keyOf } from '../../kube/resource.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import type { VmKey } from '../../drivers/driver.ts';
import { isNews } from '../node.ts';
import { instanceKeyOf } from '../world.ts';
import { Cancellations } from './cancellations.ts';
import { Orders } from './orders.ts';
import { reconcileEvacuations } from './reconcile.ts';

/** Limits are those of the cluster, so all drains are one thing to look at, and nobody races for the last place. */
const CLUSTER = 'cluster';

/** Wakes when an Instance that is to leave, a migration, or any node changes. */
export function evacuationController(deps: ControllerDeps): {
  readonly controller: Controller;
  readonly vmChanged: (key: VmKey) => void;
} {
  const { world, logger } = deps;
  const cancellations = new Cancellations();
  const own = { ...deps, orders: new Orders(), cancellations, told: new Map<string, string>() };
  const controller = new Controller({
    name: 'evacuation',
    workers: 1,
    logger,
    reconcile: () => reconcileEvacuations(own),
  });
  const wake = () => controller.enqueue(CLUSTER);
  world.instances.onChange(({ object, previous }) => {
    if ((object.status?.evacuation ?? previous?.status?.evacuation) !== undefined) wake();
    else cancellations.forget(formatKey(keyOf(object)));
  });
  world.migrations.onChange(({ type, object }) => {
    if (!isMadeByDrain(object)) return;
    if (type === 'Deleted' && !isFinal(object.status?.phase)) {
      cancellations.note(instanceKeyOf(object), world.now());
    }
    wake();
  });
  world.nodes.onChange((change) => {
    if (isNews(change)) wake();
  });
  const vmChanged = (key: VmKey) => {
    const instance = world.instances.get(formatKey(key));
    if (instance === undefined) return;
    const { evictionMark } = world.driverOf(instance).observe(key)?.running ?? {};
    if (instance.status?.evacuation !== undefined || evictionMark !== undefined) wake();
  };
  return { controller, vmChanged };
}
