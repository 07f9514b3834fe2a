import type { DriverListener } from '../drivers/driver.ts';
import { formatKey, keyOf, parseKey } from '../kube/resource.ts';
import type { Controller } from '../runtime/controller.ts';
import { anchorController } from './anchor/controller.ts';
import type { Anchorage } from './anchor/anchorage.ts';
import type { ControllerDeps } from './deps.ts';
import { evacuationController } from './evacuation/controller.ts';
import { instanceController } from './instance/controller.ts';
import { noteVm } from './instance/disk-waiters.ts';
import { liveMigrationController, wakeMigrations } from './live-migration/controller.ts';
import { nodeController } from './node/controller.ts';
import { instancesOn } from './world.ts';

/** All controllers, and what wakes them when a driver sees something change. */
export function createControllers(
  deps: ControllerDeps,
  workers: number,
  anchorage?: Anchorage,
): { readonly controllers: readonly Controller[]; readonly listener: DriverListener } {
  const instances = instanceController(deps, workers);
  const migrations = liveMigrationController(deps, workers);
  const evacuations = evacuationController(deps);
  const nodes = nodeController({ ...deps, found: new Map() }, workers);
  const wake = wakeMigrations(migrations, deps);
  const noteDisks = noteVm(instances, deps.world);
  const wakeAll = (key: string) => {
    instances.enqueue(key);
    wake(parseKey(key));
  };
  const anchors = anchorage && anchorController(deps, { anchorage, workers, wake: wakeAll });
  const listener = {
    vmChanged: (key) => {
      wakeAll(formatKey(key));
      noteDisks(key);
      evacuations.vmChanged(key);
      anchors?.enqueue(formatKey(key));
    },
    hypervisorChanged: (node) => {
      nodes.enqueue(node);
      if (anchors === undefined) return;
      // Whether a VM that is not seen may be there is known by now, or is not any more.
      for (const instance of instancesOn(deps.world, node)) wakeAll(formatKey(keyOf(instance)));
    },
  } satisfies DriverListener;
  const controllers = [instances, migrations, nodes, evacuations.controller];
  return { controllers: [...controllers, ...(anchors ? [anchors] : [])], listener };
}
