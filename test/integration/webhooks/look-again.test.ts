import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Logger } from 'pino';
import type { Instance, InstanceStatus } from '../../../src/api/instance.ts';
import type { LiveMigration, LiveMigrationStatus } from '../../../src/api/live-migration.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../src/controllers/resources.ts';
import { isNotFound } from '../../../src/kube/api-errors.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { lookAgainAt, type LookAgainOptions } from '../../../src/webhooks/look-again.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { aStatus } from '../../builders/observation.ts';
import { aWorld } from '../../builders/world.ts';
import {
  OPERATOR_USER,
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { waitFor } from '../../support/wait.ts';

let installed: InstalledControlPlane;
let instances: ResourceClient<Instance>;
let migrations: ResourceClient<LiveMigration>;
/** What was logged. */
const warned: unknown[] = [];
const logger = { warn: (...said: unknown[]) => warned.push(said) } as unknown as Logger;

beforeAll(async () => {
  installed = await startInstalledControlPlane({ users: { nobody: [] } });
  instances = new ResourceClient(installed.transport(), INSTANCES);
  migrations = new ResourceClient(installed.transport(), LIVE_MIGRATIONS);
  const own = new ResourceClient<Instance>(installed.transport(OPERATOR_USER), INSTANCES);
  await waitFor('the rights of the operator are in force', () =>
    own.get({ namespace: 'default', name: 'none' }).catch(isNotFound),
  );
}, 60_000);
afterAll(() => installed.stop());

/** Looks again with the rights of the operator's ServiceAccount, or of somebody else. */
function looksAgain(world: LookAgainOptions['world'], user = OPERATOR_USER) {
  return lookAgainAt({ transport: installed.transport(user), world, caches: world, logger });
}

async function anInstanceThatIs(name: string, status: InstanceStatus): Promise<Instance> {
  await instances.create(anInstance({ name }));
  return becomes(name, status);
}

function becomes(name: string, status: InstanceStatus): Promise<Instance> {
  return instances.mergePatch({ namespace: 'default', name }, { status }, { subresource: 'status' });
}

async function aMigrationThatIs(name: string, phase: LiveMigrationStatus['phase']): Promise<LiveMigration> {
  await migrations.create(aLiveMigration({ name: `${name}-away`, spec: { instanceName: name } }));
  return reaches(name, phase);
}

function reaches(name: string, phase: LiveMigrationStatus['phase']): Promise<LiveMigration> {
  const key = { namespace: 'default', name: `${name}-away` };
  return migrations.mergePatch(key, { status: { phase } }, { subresource: 'status' });
}

it('what has changed since the last event is in memory', async () => {
  const instance = await anInstanceThatIs('busy', aStatus({ state: 'Rescuing' }));
  const world = aWorld({ instances: [instance], migrations: [await aMigrationThatIs('busy', 'Running')] });
  await becomes('busy', aStatus({ state: 'Rescued' }));
  await reaches('busy', 'Succeeded');
  await looksAgain(world)({ namespace: 'default', name: 'busy' });
  expect(world.instances.get('default/busy')?.status?.state).toBe('Rescued');
  expect(world.migrations.get('default/busy-away')?.status?.phase).toBe('Succeeded');
  expect(warned).toEqual([]);
});

it('what is gone stays until the watch tells so', async () => {
  const instance = await anInstanceThatIs('gone', aStatus());
  const world = aWorld({ instances: [instance], migrations: [await aMigrationThatIs('gone', 'Running')] });
  await instances.delete({ namespace: 'default', name: 'gone' });
  await migrations.delete({ namespace: 'default', name: 'gone-away' });
  await looksAgain(world)({ namespace: 'default', name: 'gone' });
  expect(world.instances.list()).toHaveLength(1);
  expect(world.migrations.list()).toHaveLength(1);
  expect(warned).toEqual([]);
});

it('where it cannot be read, it is said, and what is in memory stays', async () => {
  const world = aWorld({ instances: [await anInstanceThatIs('hidden', aStatus())] });
  await looksAgain(world, 'nobody')({ namespace: 'default', name: 'hidden' });
  expect(world.instances.list()).toHaveLength(1);
  expect(warned).toEqual([
    [
      { err: expect.objectContaining({ code: 403 }), key: 'default/hidden' },
      'a request is refused by what is in memory alone',
    ],
  ]);
});
