import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { ConfigError, readConfig, usage, type Config } from './config/config.ts';
import { readEnvironment } from './config/env.ts';
import { createCaches } from './controllers/caches.ts';
import { instanceController } from './controllers/instance/controller.ts';
import { liveMigrationController, wakeMigrations } from './controllers/live-migration/controller.ts';
import { observeNode } from './controllers/node.ts';
import type { World } from './controllers/world.ts';
import type { Driver } from './drivers/driver.ts';
import { driversFor } from './drivers/registry.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { loadConnection } from './kube/kubeconfig.ts';
import { formatKey } from './kube/resource.ts';
import { Transport } from './kube/transport.ts';
import { LeaderElector } from './runtime/leader-election.ts';
import { Manager, type Cache } from './runtime/manager.ts';
import { BusinessEvents } from './telemetry/business-events.ts';
import { HealthServer } from './telemetry/health-server.ts';
import { createLogger } from './telemetry/logger.ts';
import { webhooks } from './webhooks/index.ts';

/** An order to a driver is only given while the lease holds for at least this long. Milliseconds. */
const LEASE_MARGIN = 3_000;

/** Wires the operator and runs it until the signal is aborted. */
async function run(config: Config, signal: AbortSignal): Promise<void> {
  const { namespace, identity, workers, leaderElect } = config;
  const logger = createLogger(config.logLevel);
  const transport = new Transport(await loadConnection({ kubeconfig: config.kubeconfig }));
  const { nodes, instances, migrations, ...statusWriters } = createCaches(transport, logger);
  const driverNamed = driversFor(config.driver, {
    transport,
    logger,
    nodes: () => nodes.store.list().map(observeNode),
  });
  const world: World = {
    nodes: nodes.store,
    instances: instances.store,
    migrations: migrations.store,
    driverOf: ({ spec }) => driverNamed(spec.driver),
  };
  const elector = new LeaderElector({
    transport,
    logger,
    namespace,
    name: 'medevac',
    identity: `${identity}_${randomUUID()}`,
  });
  const recorder = new EventRecorder(transport, {
    logger,
    controller: 'compute.medevac.dev/operator',
    instance: identity,
  });
  const deps = {
    ...statusWriters,
    world,
    logger,
    events: new BusinessEvents(recorder, logger),
    mayAct: () => !leaderElect || elector.holdsFor(LEASE_MARGIN),
    now: Date.now,
  };
  const instanceLoop = instanceController(deps, workers);
  const migrationLoop = liveMigrationController(deps, workers);
  const wake = wakeMigrations(migrationLoop, deps);
  const driver = driverCache(driverNamed(), (key) => {
    instanceLoop.enqueue(formatKey(key));
    wake(key);
  });
  const admission = webhooks({ transport, logger, world, namespace, ...config.webhooks });

  const manager = new Manager({ logger, elector: leaderElect ? elector : undefined });
  manager.addCache(nodes, instances, migrations, driver);
  manager.addService(admission);
  manager.addController(instanceLoop, migrationLoop);
  const health = new HealthServer(config.healthPort, () => manager.ready && admission.ready);
  await health.listen();
  try {
    await manager.run(signal);
  } finally {
    health.close();
    await transport.close();
  }
}

/** A driver is a cache, too: it has seen everything before anybody decides. */
function driverCache(driver: Driver, onChange: Parameters<Driver['start']>[0]): Cache {
  const started = Promise.withResolvers<undefined>();
  return {
    name: `driver ${driver.name}`,
    run: async (signal) => {
      await driver.start(onChange, signal);
      started.resolve(undefined);
      if (!signal.aborted) await once(signal, 'abort');
    },
    synced: () => started.promise,
  };
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
try {
  await run(readConfig(process.argv.slice(2), readEnvironment()), stop.signal);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n\nSettings:\n${usage()}\n`);
  process.exitCode = 2;
}
