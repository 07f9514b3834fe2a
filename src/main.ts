import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Instance } from './api/instance.ts';
import { GROUP } from './api/names.ts';
import { blame, blamePort, ConfigError } from './config/config-error.ts';
import { readConfig, usage, type Config } from './config/config.ts';
import { readEnvironment } from './config/env.ts';
import { createCaches } from './controllers/caches.ts';
import type { ControllerDeps } from './controllers/deps.ts';
import { driverCache } from './controllers/driver-cache.ts';
import { wakeWaiting } from './controllers/instance/departures.ts';
import { instanceController } from './controllers/instance/controller.ts';
import { liveMigrationController, wakeMigrations } from './controllers/live-migration/controller.ts';
import { observeNode } from './controllers/node.ts';
import { INSTANCE_INDICES, type World } from './controllers/world.ts';
import { driversFor } from './drivers/registry.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { loadConnection } from './kube/kubeconfig.ts';
import { formatKey } from './kube/resource.ts';
import { Transport } from './kube/transport.ts';
import { LeaderElector } from './runtime/leader-election.ts';
import { Manager } from './runtime/manager.ts';
import { Store } from './runtime/store.ts';
import { BusinessEvents } from './telemetry/business-events.ts';
import { HealthServer } from './telemetry/health-server.ts';
import { createLogger } from './telemetry/logger.ts';
import { webhooks, type Webhooks } from './webhooks/index.ts';

/** An order to a driver is only given while the lease holds for at least this long. Milliseconds. */
const LEASE_MARGIN = 3_000;

/** Runs the operator until the signal is aborted. */
async function run(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger(config.logLevel);
  const transport = new Transport(await loadConnection(config).catch(blame('kubeconfig')));
  const { manager, admission, recorder } = compose(config, transport, logger);
  const health = new HealthServer(() => manager.ready && admission.ready);
  try {
    const served = health.listen(config.healthPort, config.bindAddress).then(() => manager.run(signal));
    await served.catch(blamePort(config));
  } finally {
    health.close();
    await recorder.flush();
    await transport.close();
  }
}

function compose(
  config: Config,
  transport: Transport,
  logger: Logger,
): { manager: Manager; admission: Webhooks; recorder: EventRecorder } {
  const { namespace, identity, workers, leaderElect, bindAddress: host } = config;
  const { nodes, instances, migrations, ...statusWriters } = createCaches(transport, logger);
  const seenNodes = () => nodes.store.list().map(observeNode);
  const driverNamed = driversFor(config.driver, { transport, logger, nodes: seenNodes });
  const world: World = {
    nodes: nodes.store,
    instances: instances.store,
    departed: new Store<Instance>({ indices: INSTANCE_INDICES }),
    migrations: migrations.store,
    driverOf: (instance) => driverNamed(instance?.spec.driver),
    now: Date.now,
  };
  const lease = { namespace, name: 'medevac', identity: `${identity}_${randomUUID()}` };
  const elector = leaderElect ? new LeaderElector({ transport, logger, ...lease }) : undefined;
  const recorder = new EventRecorder(transport, {
    logger,
    controller: `${GROUP}/operator`,
    instance: identity,
  });
  const deps: ControllerDeps = {
    ...statusWriters,
    world,
    logger,
    events: new BusinessEvents(recorder, logger),
    mayAct: () => elector === undefined || elector.holdsFor(LEASE_MARGIN),
    now: Date.now,
  };
  const instanceLoop = instanceController(deps, workers);
  const migrationLoop = liveMigrationController(deps, workers);
  const wake = wakeMigrations(migrationLoop, deps);
  const wakeDiskWaiters = wakeWaiting(instanceLoop, world);
  const driver = driverCache(driverNamed(), (key) => {
    instanceLoop.enqueue(formatKey(key));
    wakeDiskWaiters(key);
    wake(key);
  });
  const admission = webhooks({ transport, logger, world, namespace, host, ...config.webhooks });
  const manager = new Manager({ logger, elector });
  manager.addCache(nodes, instances, migrations, driver);
  manager.addService(admission);
  manager.addController(instanceLoop, migrationLoop);
  return { manager, admission, recorder };
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
try {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) process.stdout.write(`${usage()}\n`);
  else await run(readConfig(argv, readEnvironment()), stop.signal);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message} (--help lists the settings)\n`);
  process.exitCode = 2;
}
