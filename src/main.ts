import { randomUUID } from 'node:crypto';
import { GROUP } from './api/names.ts';
import { blame, blamePort, ConfigError } from './config/config-error.ts';
import { readConfig, usage, type Config } from './config/config.ts';
import { readEnvironment } from './config/env.ts';
import { anchorageFor } from './controllers/anchor/anchorage.ts';
import { createCaches } from './controllers/caches.ts';
import type { ControllerDeps } from './controllers/deps.ts';
import { DiskUse } from './controllers/disk-use.ts';
import { driverCache } from './controllers/driver-cache.ts';
import { createControllers } from './controllers/controllers.ts';
import { nodesIn } from './controllers/node.ts';
import type { World } from './controllers/world.ts';
import { minimumFor } from './domain/node/minimum.ts';
import { driversFor, readLibvirtSettings, type DriverEnvironment } from './drivers/registry.ts';
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

type Ground = Pick<DriverEnvironment, 'transport' | 'logger' | 'libvirt'> & { metrics: Metrics };
type Composed = Readonly<{ manager: Manager; admission: Webhooks; recorder: EventRecorder }>;

/** Runs the operator until the signal is aborted. */
async function run(config: Config, signal: AbortSignal): Promise<void> {
  const logger = createLogger(config.logLevel);
  const libvirt = await readLibvirtSettings(config.libvirtConfig).catch(blame('libvirtConfig'));
  const connection = await loadConnection(config).catch(blame('kubeconfig'));
  const metrics = new Metrics(new URL(connection.server).host);
  const transport = new Transport(connection, { onRequest: metrics.requested });
  const { manager, admission, recorder } = compose(config, { transport, logger, metrics, libvirt });
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

function compose(config: Config, { transport, logger, metrics, libvirt }: Ground): Composed {
  const { namespace, identity, workers, leaderElect, bindAddress: host } = config;
  const { nodes, instances, migrations, unreadable, ...writers } = createCaches(transport, logger);
  const lease = { namespace, name: 'medevac', identity: `${identity}_${randomUUID()}` };
  const elector = leaderElect ? new LeaderElector({ transport, logger, ...lease }) : undefined;
  const mayAct = () => elector === undefined || elector.holdsFor(LEASE_MARGIN);
  const environment = { ...config, transport, logger, libvirt, mayAct, ...nodesIn(nodes.store) };
  const driverNamed = driversFor(config.driver, { ...environment, variables: readEnvironment() });
  const anchorage = anchorageFor(driverNamed(), { transport, logger, settings: config.anchors });
  const stores = { nodes: nodes.store, instances: instances.store, migrations: migrations.store };
  const seen = { ...stores, unreadable, anchors: anchorage?.anchors, diskUse: new DiskUse() };
  const driverOf: World['driverOf'] = (instance) => driverNamed(instance?.spec.driver);
  const world: World = { ...seen, driverOf, now: Date.now };
  const reporter = { logger, controller: `${GROUP}/operator`, instance: identity };
  const recorder = new EventRecorder(transport, reporter);
  const deps: ControllerDeps = {
    ...writers,
    world,
    logger,
    drain: config.drain,
    minimum: minimumFor(config.driver, config.minimumVersion),
    events: new BusinessEvents(recorder, logger, metrics.happenings),
    mayAct,
  };
  const { controllers, listener } = createControllers(deps, workers, anchorage);
  const driver = driverCache(driverNamed(), listener);
  const onAnswer = metrics.admitted;
  const admission = webhooks({ ...deps, transport, namespace, host, onAnswer, ...config.webhooks });
  const caches = [nodes, instances, migrations];
  metrics.measure({ caches, controllers, lease: lease.name, elector, objects: world, admission });
  const manager = new Manager({ logger, elector });
  manager.addCache(...caches, driver, ...(anchorage?.caches ?? []));
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
