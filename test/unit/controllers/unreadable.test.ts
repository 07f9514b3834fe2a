import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { createControllers } from '../../../src/controllers/controllers.ts';
import { createCaches } from '../../../src/controllers/caches.ts';
import type { ControllerDeps } from '../../../src/controllers/deps.ts';
import { reconcileInstance } from '../../../src/controllers/instance/reconcile.ts';
import { Refusals } from '../../../src/controllers/instance/refusals.ts';
import { reconcileLiveMigration } from '../../../src/controllers/live-migration/reconcile.ts';
import { observeInstance } from '../../../src/controllers/observe.ts';
import { ownerOf } from '../../../src/controllers/world.ts';
import { migrationLock } from '../../../src/domain/instance/facets/migration-lock.ts';
import { targetOf } from '../../../src/domain/instance/observation.ts';
import { writableDisks } from '../../../src/domain/instance/writable-disks.ts';
import { minimumFor } from '../../../src/domain/node/minimum.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import type { Unreadable } from '../../../src/runtime/unreadable.ts';
import { BusinessEvents } from '../../../src/telemetry/business-events.ts';
import { countHappenings } from '../../../src/telemetry/metrics/happenings.ts';
import { Meter } from '../../../src/telemetry/metrics/meter.ts';
import {
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  MIGRATION_UID,
  NOW,
} from '../../builders/observation.ts';
import { anObservedVm, INSTANCE_UID } from '../../builders/vm.ts';
import { DRAIN_SETTINGS } from '../../builders/evacuation.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { json, startFakeServer, type FakeServer } from '../kube/fake-server.ts';

const unreadable = (name: string, uid: string, status?: unknown): Unreadable => ({
  metadata: { namespace: 'default', name, uid, resourceVersion: '8', generation: 2 },
  status,
  error: new Error('spec.x: Invalid input'),
});
const badInstance = unreadable('web-1', INSTANCE_UID, { observedGeneration: 1, state: 'Running' });
const badMigration = unreadable('web-1-away', MIGRATION_UID);
const migrating = aStoredInstance({ status: aStatus({ operation: anOperation('Migrate') }) });

describe('an object that can not be read', () => {
  let server: FakeServer;
  let transport: Transport;
  let answer: object;

  beforeEach(async () => {
    server = await startFakeServer((response, request) => json(200, answer)(response, request));
    transport = new Transport({ server: server.url });
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  /** A process that knows this world; no order is let through to the driver. */
  function aProcess(world: WorldOptions): { deps: ControllerDeps; caches: ReturnType<typeof createCaches> } {
    const logger = pino({ level: 'silent' });
    const caches = createCaches({ transport, logger, namespaces: undefined, mayAct: () => true });
    const recorder = new EventRecorder(transport, { logger, controller: 'test/test', instance: 'test' });
    const seen = aWorld(world);
    const refuse = () => Promise.reject(new Error('an order was given'));
    const orders = { define: refuse, claim: refuse, restart: refuse, remove: refuse, abortMigration: refuse };
    const deps = {
      ...caches,
      world: { ...seen, driverOf: () => ({ ...seen.driverOf(undefined), ...orders, migrate: refuse }) },
      logger,
      minimum: minimumFor('kubevirt', { source: undefined, destination: undefined }),
      events: new BusinessEvents(recorder, logger, countHappenings(new Meter())),
      drain: DRAIN_SETTINGS,
      mayAct: () => true,
    } satisfies ControllerDeps;
    return { deps, caches };
  }

  const writes = () => server.seen.filter(({ method }) => method === 'PUT');

  it('is written to once, and nothing is ordered', async () => {
    answer = badInstance;
    const { deps } = aProcess({ unreadable: { instances: [badInstance] }, driver: { vm: anObservedVm() } });

    await reconcileInstance('default/web-1', deps, new Refusals());

    expect(writes().map(({ path }) => path)).toEqual([
      '/apis/compute.medevac.dev/v1beta1/namespaces/default/instances/web-1/status',
    ]);
    const { metadata, status } = JSON.parse(writes()[0]?.body ?? '') as KubeObject & { status: unknown };
    expect(metadata.resourceVersion).toBe('8');
    expect(status).toMatchObject({ observedGeneration: 2, state: 'Running' });

    const after = { ...badInstance, status };
    const again = aProcess({ unreadable: { instances: [after] }, driver: { vm: anObservedVm() } });
    await reconcileInstance('default/web-1', again.deps, new Refusals());
    expect(writes()).toHaveLength(1);
  });

  it('is one that our own write was answered with, too: it is held, and nothing is thrown', async () => {
    const instance = aStoredInstance();
    const { metadata } = instance;
    answer = { metadata: { ...metadata, resourceVersion: '9' }, spec: 'odd' };
    const { deps, caches } = aProcess({ instances: [instance] });

    const written = await deps.instanceStatus.write(instance, aStatus());

    expect(written.kind).toBe('written');
    expect(caches.unreadable.instances.get('default/web-1')?.metadata.resourceVersion).toBe('9');
  });

  it('leaves a migration of it alone that has begun', async () => {
    const begun = aStoredMigration({ status: { observedGeneration: 1, phase: 'Running', attempts: 1 } });
    const { deps } = aProcess({ migrations: [begun], unreadable: { instances: [badInstance] } });

    await reconcileLiveMigration('default/web-1-away', deps);

    expect(writes()).toEqual([]);
  });

  it('lets a migration of it wait that has not begun', async () => {
    answer = aStoredMigration();
    const { deps } = aProcess({ migrations: [aStoredMigration()], unreadable: { instances: [badInstance] } });

    await reconcileLiveMigration('default/web-1-away', deps);

    expect(writes().map(({ body }) => body)).toEqual([expect.stringContaining('"phase":"Queued"')]);
  });
});

describe('what controllers are told', () => {
  function controllersOf(world: WorldOptions) {
    const seen = aWorld(world);
    const transport = new Transport({ server: 'http://127.0.0.1:1' });
    const logger = pino({ level: 'silent' });
    const recorder = new EventRecorder(transport, { logger, controller: 'test/test', instance: 'test' });
    const deps = {
      ...createCaches({ transport, logger, namespaces: undefined, mayAct: () => true }),
      world: seen,
      logger,
      minimum: minimumFor('kubevirt', { source: undefined, destination: undefined }),
      events: new BusinessEvents(recorder, logger, countHappenings(new Meter())),
      drain: DRAIN_SETTINGS,
      mayAct: () => true,
    };
    const { controllers, listener } = createControllers(deps, 1);
    return { world: seen, listener, instances: controllers[0]?.queue };
  }

  it('the disks of an Instance stay its own while it can not be read and its VM is on', () => {
    const instance = aStoredInstance({ status: aStatus() });
    const other = aStoredInstance({ metadata: { name: 'web-2', uid: 'uid-2' } });
    const vm = anObservedVm({ writes: writableDisks(instance) });
    const { world, listener } = controllersOf({ instances: [instance, other], driver: { vm } });
    listener.vmChanged(instance.metadata);
    const rivals = () => observeInstance(world, other).rivals.map(({ kind, name }) => `${kind} ${name}`);

    world.instances.remove({ ...instance, metadata: { ...instance.metadata, resourceVersion: '8' } });
    expect(rivals()).toEqual(['Vm web-1']);

    world.instances.upsert({ ...instance, metadata: { ...instance.metadata, resourceVersion: '9' } });
    expect(rivals()).toEqual(['Instance web-1']);
  });

  it('an unreadable LiveMigration that is deleted wakes the Instance that it holds', async () => {
    const { world, instances } = controllersOf({
      instances: [migrating],
      unreadable: { migrations: [badMigration] },
    });
    const signal = new AbortController().signal;
    const first = await instances?.take(signal);
    instances?.done(first?.key ?? '');

    world.unreadable.migrations.remove(badMigration);

    expect([first?.key, (await instances?.take(signal))?.key]).toEqual(['default/web-1', 'default/web-1']);
  });
});

describe('an unreadable LiveMigration that holds the lock', () => {
  const world = (migrations: readonly Unreadable[]) =>
    aWorld({
      instances: [migrating],
      unreadable: { migrations },
      driver: { vm: anObservedVm(), migration: anObservedMigration() },
    });

  it.each([
    { name: 'keeps it', migrations: [badMigration], want: 'Yield' },
    { name: 'leaves it to be aborted when it is gone', migrations: [], want: 'AbortMigration' },
  ])('$name', ({ migrations, want }) => {
    const observation = observeInstance(world(migrations), migrating);
    expect(migrationLock(observation, targetOf(observation, NOW))?.kind).toBe(want);
  });
});

it('an unreadable Instance owns its VM', () => {
  const world = aWorld({ unreadable: { instances: [badInstance] } });
  expect(ownerOf(world, anObservedVm())).toBe('web-1');
});
