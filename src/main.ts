import { randomUUID } from 'node:crypto';
import { GROUP, LEASE_NAME } from './api/names.ts';
import { NODES } from './api/resources.ts';
import { blame, blamePort, ConfigError } from './config/config-error.ts';
import type { Config } from './config/config.ts';
import { readEnvironment } from './config/env.ts';
import { help, readInvocation, type Invocation } from './config/invocation.ts';
import { anchorageFor } from './controllers/anchor/anchorage.ts';
import { createCaches } from './controllers/caches.ts';
import type { ControllerDeps } from './controllers/deps.ts';
import { DiskUse } from './controllers/disk-use.ts';
import { driverCache } from './controllers/driver-cache.ts';
import { createControllers } from './controllers/controllers.ts';
import { clusterOf } from './controllers/cluster.ts';
import type { World } from './controllers/world.ts';
import { minimumFor } from './domain/node/minimum.ts';
import type { CheckedHost, HostChoice } from './drivers/libvirt/index.ts';
import { driversFor, readLibvirtSettings, type DriverEnvironment } from './drivers/registry.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { loadConnection } from './kube/kubeconfig.ts';
import { ResourceClient } from './kube/resource-client.ts';
import { Transport } from './kube/transport.ts';
import { LeaderElector } from './runtime/leader-election.ts';
import { Manager } from './runtime/manager.ts';
import { SteadyClock } from './runtime/steady-clock.ts';
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
  const { namespaces } = config;
  if (namespaces !== undefined) logger.info({ namespaces }, 'works in these namespaces alone');
  const libvirt =
    config.libvirtConfig === undefined
      ? undefined
      : await readLibvirtSettings(config.libvirtConfig).catch(blame('libvirtConfig'));
  const connection = await loadConnection(config).catch(blame('kubeconfig'));
  const metrics = new Metrics(new URL(connection.server).host);
  const transport = new Transport(connection, { onRequest: metrics.requested });
  const { manager, admission, recorder } = await compose(config, { transport, logger, metrics, libvirt });
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

async function compose(config: Config, { transport, logger, metrics, libvirt }: Ground): Promise<Composed> {
  const { namespace, namespaces, identity, workers, leaderElect, bindAddress: host } = config;
  const lease = { namespace, name: LEASE_NAME, identity: `${identity}_${randomUUID()}` };
  const elector = leaderElect ? new LeaderElector({ transport, logger, ...lease }) : undefined;
  const mayAct = () => elector === undefined || elector.holdsFor(LEASE_MARGIN);
  const { nodes, instances, migrations, unreadable, ...writers } = createCaches({
    transport,
    logger,
    namespaces,
    mayAct,
  });
  const stores = { nodes: nodes.store, instances: instances.store, migrations: migrations.store };
  const cluster = clusterOf({ ...stores, unreadable });
  const serves = (name: string) => namespaces?.includes(name) !== false;
  const environment = { ...config, transport, logger, libvirt, mayAct, serves, ...cluster };
  const driverNamed = await driversFor(config.driver, { ...environment, variables: readEnvironment() });
  const anchorage = anchorageFor(driverNamed(), { transport, logger, namespaces, settings: config.anchors });
  const seen = { ...stores, unreadable, anchors: anchorage?.anchors, diskUse: new DiskUse() };
  const driverOf: World['driverOf'] = (instance) => driverNamed(instance?.spec.driver);
  const clock = new SteadyClock({ onStep: (step) => logger.warn({ step }, 'the clock has jumped') });
  const world: World = { ...seen, driverOf, serves, now: () => clock.now() };
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
  const shared = { transport, caches: { instances, migrations }, clock };
  const admission = webhooks({ ...deps, ...shared, namespace, host, onAnswer, ...config.webhooks });
  const caches = [nodes, instances, migrations];
  metrics.measure({ caches, controllers, lease: lease.name, elector, objects: world, admission });
  const manager = new Manager({ logger, elector });
  manager.addCache(...caches, driver, ...(anchorage?.caches ?? []));
  manager.addService(admission);
  manager.addController(...controllers);
  return { manager, admission, recorder };
}

/** Checks the libvirt hosts; resolves to the exit code. */
async function check(
  { config, nodes }: Extract<Invocation, { kind: 'CheckHosts' }>,
  signal: AbortSignal,
): Promise<0 | 1> {
  // There is one: without it there is no such configuration.
  const { libvirtConfig = '' } = config;
  const settings = await readLibvirtSettings(libvirtConfig).catch(blame('libvirtConfig'));
  const listed = nodes.length > 0 || settings.template === undefined ? [] : await listNodes(config);
  const hosts = await chooseHosts({ settings, named: nodes, listed });
  const { checkHosts } = await import('./drivers/libvirt/index.ts');
  // Who started it may be gone; what it has made is removed all the same.
  const gone = new AbortController();
  process.stdout.on('error', () => gone.abort());
  return checkHosts({
    settings,
    hosts,
    minimum: minimumFor('libvirt', config.minimumVersion),
    print: (line) => process.stdout.write(`${line}\n`),
    signal: AbortSignal.any([signal, gone.signal]),
  });
}

/** @throws ConfigError */
async function chooseHosts(choice: Omit<HostChoice, 'connect'>): Promise<CheckedHost[]> {
  const { hostsToCheck, virshAt } = await import('./drivers/libvirt/index.ts');
  try {
    return hostsToCheck({ ...choice, connect: (uri) => virshAt(uri, readEnvironment()) });
  } catch (error) {
    return blame('libvirtConfig')(error);
  }
}

/** Names of the nodes that there are. */
async function listNodes(config: Config): Promise<string[]> {
  const transport = new Transport(await loadConnection(config).catch(blame('kubeconfig')));
  try {
    const { items } = await new ResourceClient(transport, NODES).list().catch(blame('kubeconfig'));
    return items.map(({ metadata }) => metadata.name);
  } finally {
    await transport.close();
  }
}

async function perform(signal: AbortSignal): Promise<void> {
  const invocation = readInvocation(process.argv.slice(2), readEnvironment());
  if (invocation.kind === 'Help') process.stdout.write(`${help()}\n`);
  else if (invocation.kind === 'Run') await run(invocation.config, signal);
  else process.exitCode = await check(invocation, signal);
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
try {
  await perform(stop.signal);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message} (--help lists the settings)\n`);
  process.exitCode = 2;
}
