import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { GROUP } from './api/names.ts';
import { blame, blamePort, ConfigError } from './config/config-error.ts';
import { readConfig, usage, type Config } from './config/config.ts';
import { readEnvironment } from './config/env.ts';
import { createCaches } from './controllers/caches.ts';
import type { ControllerDeps } from './controllers/deps.ts';
import { DiskUse } from './controllers/disk-use.ts';
import { driverCache } from './controllers/driver-cache.ts';
import { createControllers } from './controllers/controllers.ts';
import { nodesIn } from './controllers/node.ts';
import type { World } from './controllers/world.ts';
import { minimumFor } from './domain/node/minimum.ts';
import { driversFor } from './drivers/registry.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { loadConnection } from './kube/kubeconfig.ts';
import { Transport } from './kube/transport.ts';
import { LeaderElector } from './runtime/leader-election.ts';
import { Manager } from './runtime/manager.ts';
import { BusinessEvents } from './telemetry/business-events.ts';
import { HealthServer } from './telemetry/health-server.ts';
import { createLogger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics/metrics.ts';
import { webhooks, type Webhooks } from './webhooks/index.ts';

/** An order to a driver is only given while the lease holds for at least this long. Milliseconds. */
const LEASE_MARGIN = 3_000;

type Ground = Readonly<{ transport: Transport; logger: Logger; metrics: Metrics }>;
type Composed = Readonly<{ manager: Manager; admission: Webhooks; recorder: EventRecorder }>;

/** Runs the operator until the signal is aborted. */
async function run(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger(config.logLevel);
  const connection = await loadConnection(config).catch(blame('kubeconfig'));
  const metrics = new Metrics(new URL(connection.server).host);
  const transport = new Transport(connection, { onRequest: metrics.requested });
  const { manager, admission, recorder } = compose(config, { transport, logger, metrics });
  const health = new HealthServer({ ready: () => manager.ready && admission.ready, metrics, logger });
  try {
    const served = health.listen(config.healthPort, config.bindAddress).then(() => manager.run(signal));
    await served.catch(blamePort(config));
  } finally {
    health.close();
    await recorder.flush();
    await transport.close();
  }
}

function compose(config: Config, { transport, logger, metrics }: Ground): Composed {
  const { namespace, identity, workers, leaderElect, bindAddress: host, kubeVirtNamespace } = config;
  const { nodes, instances, migrations, unreadable, ...writers } = createCaches(transport, logger);
  const environment = { transport, logger, kubeVirtNamespace, ...nodesIn(nodes.store) };
  const driverNamed = driversFor(config.driver, environment);
  const world: World = {
    nodes: nodes.store,
    instances: instances.store,
    diskUse: new DiskUse(),
    migrations: migrations.store,
    unreadable,
    driverOf: (instance) => driverNamed(instance?.spec.driver),
    now: Date.now,
  };
  const lease = { namespace, name: 'medevac', identity: `${identity}_${randomUUID()}` };
  const elector = leaderElect ? new LeaderElector({ transport, logger, ...lease }) : undefined;
  const reporter = { logger, controller: `${GROUP}/operator`, instance: identity };
  const recorder = new EventRecorder(transport, reporter);
  const deps: ControllerDeps = {
    ...writers,
    world,
    logger,
    drain: config.drain,
    minimum: minimumFor(config.driver, config.minimumVersion),
    events: new BusinessEvents(recorder, logger, metrics.happenings),
    mayAct: () => elector === undefined || elector.holdsFor(LEASE_MARGIN),
  };
  const { controllers, listener } = createControllers(deps, workers);
  const driver = driverCache(driverNamed(), listener);
  const onAnswer = metrics.admitted;
  const admission = webhooks({ ...deps, transport, namespace, host, onAnswer, ...config.webhooks });
  const caches = [nodes, instances, migrations];
  metrics.measure({ caches, controllers, lease: lease.name, elector, objects: world, admission });
  const manager = new Manager({ logger, elector });
  manager.addCache(...caches, driver);
  manager.addService(admission);
  manager.addController(...controllers);
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
