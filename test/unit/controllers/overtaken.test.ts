import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { createCaches } from '../../../src/controllers/caches.ts';
import type { ControllerDeps } from '../../../src/controllers/deps.ts';
import { reconcileInstance } from '../../../src/controllers/instance/reconcile.ts';
import { Refusals } from '../../../src/controllers/instance/refusals.ts';
import { reconcileLiveMigration } from '../../../src/controllers/live-migration/reconcile.ts';
import { RETRY_LEASE, RETRY_UNSETTLED } from '../../../src/domain/backoff.ts';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import { minimumFor } from '../../../src/domain/node/minimum.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { BusinessEvents } from '../../../src/telemetry/business-events.ts';
import { countHappenings } from '../../../src/telemetry/metrics/happenings.ts';
import { Meter } from '../../../src/telemetry/metrics/meter.ts';
import { DRAIN_SETTINGS } from '../../builders/evacuation.ts';
import { aRescue } from '../../builders/instance.ts';
import {
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
} from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { json, startFakeServer, type FakeServer } from '../kube/fake-server.ts';

const CONFLICT = { kind: 'Status', code: 409, reason: 'Conflict', message: 'the object has been modified' };

describe('an object that somebody else has written first, as the API server says', () => {
  let server: FakeServer;
  let transport: Transport;

  beforeEach(async () => {
    server = await startFakeServer(json(409, CONFLICT));
    transport = new Transport({ server: server.url });
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  /** An operator that sees a world, and whose every write meets a conflict. */
  function anOperator(world: WorldOptions, mayAct = () => true): ControllerDeps {
    const logger = pino({ level: 'silent' });
    const recorder = new EventRecorder(transport, { logger, controller: 'test/test', instance: 'test' });
    return {
      ...createCaches({ transport, logger, namespaces: undefined, mayAct }),
      world: aWorld(world),
      logger,
      minimum: minimumFor('kubevirt', { source: undefined, destination: undefined }),
      events: new BusinessEvents(recorder, logger, countHappenings(new Meter())),
      drain: DRAIN_SETTINGS,
      mayAct,
    };
  }

  const migration = aStoredMigration();
  const reconcileInstanceOf = (deps: ControllerDeps) =>
    reconcileInstance('default/web-1', deps, new Refusals());
  const reconcileMigrationOf = (deps: ControllerDeps) => reconcileLiveMigration('default/web-1-away', deps);
  const begun = aStoredMigration({ status: { observedGeneration: 1, phase: 'Running', attempts: 1 } });
  const started = { ...migration, status: { ...migration.status, observedGeneration: 1 } };

  /** Each has one status written. */
  const WRITTEN = [
    {
      name: 'an Instance with its first status',
      world: { instances: [aStoredInstance()] },
      reconcile: reconcileInstanceOf,
    },
    {
      name: 'an Instance whose lock a migration takes',
      world: { instances: [aStoredInstance({ status: aStatus() })], migrations: [migration] },
      reconcile: reconcileMigrationOf,
    },
    {
      name: 'a LiveMigration with its first status',
      world: {
        instances: [aStoredInstance({ status: aStatus({ operation: anOperation('Rescue') }) })],
        migrations: [started],
      },
      reconcile: reconcileMigrationOf,
    },
  ];

  it.each([
    ...WRITTEN,
    { name: 'an Instance that is gone, and whose VM is there', world: {}, reconcile: reconcileInstanceOf },
  ])(
    'is let alone by who may lead no more, and looked at again, should it lead after all: $name',
    async ({ world, reconcile }) => {
      const deps = anOperator({ ...world, driver: { vm: anObservedVm() } }, () => false);

      const { after } = await reconcile(deps);

      expect(server.seen).toEqual([]);
      expect(after).toBe(RETRY_LEASE);
    },
  );

  it.each(WRITTEN)(
    'is not written by who led only when it was decided upon: $name',
    async ({ world, reconcile }) => {
      let looks = 0;
      const deps = anOperator({ ...world, driver: { vm: anObservedVm() } }, () => (looks += 1) === 1);

      await Promise.allSettled([reconcile(deps)]);

      expect(looks).toBeGreaterThan(1);
      expect(server.seen).toEqual([]);
    },
  );

  it.each(WRITTEN)(
    'is looked at again, should no event tell of that: $name',
    async ({ world, reconcile }) => {
      const deps = anOperator({ ...world, driver: { vm: anObservedVm() } });

      const { after } = await reconcile(deps);

      expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
      expect(after).toBeLessThanOrEqual(RETRY_UNSETTLED);
    },
  );

  it.each([
    { name: 'runs nowhere', vm: anObservedVm({ running: undefined }) },
    { name: 'has no VM any more', vm: undefined },
    { name: 'is being stopped', vm: anObservedVm({ running: { phase: 'Stopping' } }) },
  ])('is not told to have lost its guest before it is known to be there itself: it $name', async ({ vm }) => {
    const deps = anOperator({
      instances: [aStoredInstance({ status: aStatus({ operation: anOperation('Migrate') }) })],
      migrations: [begun],
      driver: { vm, migration: anObservedMigration({ phase: 'Failed' }) },
    });

    const { after } = await reconcileMigrationOf(deps);

    expect(server.seen.map(({ method, path }) => [method, path])).toEqual([
      ['PUT', expect.stringContaining('/instances/web-1/status')],
    ]);
    expect(after).toBeLessThanOrEqual(RETRY_UNSETTLED);
  });

  it.each([
    {
      name: 'an Instance that is rescued',
      world: {
        instances: [
          aStoredInstance({
            spec: { rescue: aRescue() },
            status: aStatus({ operation: anOperation('Rescue') }),
          }),
        ],
      },
      reconcile: reconcileInstanceOf,
    },
    {
      name: 'a LiveMigration that has the lock',
      world: {
        instances: [
          aStoredInstance({
            status: aStatus({ operation: anOperation('Migrate') }),
          }),
        ],
        migrations: [started],
      },
      reconcile: reconcileMigrationOf,
    },
    {
      name: 'a LiveMigration that is over, and gave the lock back before what is seen of it',
      world: {
        instances: [aStoredInstance({ status: aStatus({ operation: anOperation('Migrate') }) })],
        migrations: [aStoredMigration({ status: { observedGeneration: 1, phase: 'Succeeded' } })],
        driver: { migration: anObservedMigration() },
      },
      reconcile: reconcileMigrationOf,
    },
  ])(
    'is ordered nothing for, on a lock that another process has taken: $name',
    async ({ world, reconcile }) => {
      const orders: string[] = [];
      const deps = anOperator({ ...world, driver: { vm: anObservedVm(), ...world.driver } });
      const note = (order: string) => () => {
        orders.push(order);
        return Promise.resolve(ACCEPTED);
      };
      const noted = { define: note('define'), migrate: note('migrate'), abortMigration: note('abort') };
      const driver = { ...deps.world.driverOf(undefined), ...noted };

      const { after } = await reconcile({ ...deps, world: { ...deps.world, driverOf: () => driver } });

      expect(orders).toEqual([]);
      expect(server.seen.map(({ method }) => method)).toEqual(['PUT']);
      expect(after).toBeLessThanOrEqual(RETRY_UNSETTLED);
    },
  );
});
