import type { DriverListener } from '../drivers/driver.ts';
import { formatKey } from '../kube/resource.ts';
import type { Controller } from '../runtime/controller.ts';
import type { ControllerDeps } from './deps.ts';
import { evacuationController } from './evacuation/controller.ts';
import { instanceController } from './instance/controller.ts';
import { noteVm } from './instance/disk-waiters.ts';
import { liveMigrationController, wakeMigrations } from './live-migration/controller.ts';
import { nodeController } from './node/controller.ts';

/** All controllers, and what wakes them when a driver sees something change. */
export function createControllers(
  deps: ControllerDeps,
  workers: number,
): { readonly controllers: readonly Controller[]; readonly listener: DriverListener } {
  const instances = instanceController(deps, workers);
  const migrations = liveMigrationController(deps, workers);
  const evacuations = evacuationController(deps);
  const nodes = nodeController({ ...deps, found: new Map() }, workers);
  const wake = wakeMigrations(migrations, deps);
  const noteDisks = noteVm(instances, deps.world);
  const listener = {
    vmChanged: (key) => {
      instances.enqueue(formatKey(key));
      noteDisks(key);
      wake(key);
      evacuations.vmChanged(key);
    },
    hypervisorChanged: (node) => nodes.enqueue(node),
  } satisfies DriverListener;
  return { controllers: [instances, migrations, nodes, evacuations.controller], listener };
}
