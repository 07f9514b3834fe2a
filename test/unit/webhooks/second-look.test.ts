import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import type { World } from '../../../src/controllers/world.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { instanceItself, judgeInstance } from '../../../src/webhooks/instance.ts';
import { instanceOfVm, judgeKubeVirtMigration } from '../../../src/webhooks/kubevirt-migration.ts';
import { instanceToMigrate, judgeLiveMigration } from '../../../src/webhooks/live-migration.ts';
import type { AdmissionRequest } from '../../../src/webhooks/review.ts';
import { withSecondLook } from '../../../src/webhooks/second-look.ts';
import { anInstance, aRescue } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { anOperation, aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../builders/vm.ts';
import { aWorld } from '../../builders/world.ts';
import { aRequest, submitted } from './reviews.ts';

const WEB_1 = { namespace: 'default', name: 'web-1' };
const admitted = { kind: 'Admitted', warnings: [] };

const NEWER = { resourceVersion: '8' };
const rescuing = aStoredInstance({
  spec: aRescueSpec(),
  status: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
});
const rescued = aStoredInstance({
  spec: aRescueSpec(),
  status: aStatus({ state: 'Rescued' }),
  metadata: NEWER,
});
const migrating = aStoredMigration({ status: { observedGeneration: 1, phase: 'Running' } });
const migrated = aStoredMigration({
  status: { observedGeneration: 1, phase: 'Succeeded' },
  metadata: NEWER,
});

/** What the API server has, where memory is behind it. */
interface Newest {
  readonly instance?: Instance;
  readonly migration?: LiveMigration;
}

/** A world in which looking again brings the newest, and what was looked at. */
function aStaleWorld(stale: Newest, newest: Newest) {
  const world = aWorld({
    instances: [stale.instance ?? rescued],
    migrations: stale.migration === undefined ? [] : [stale.migration],
    driver: { vm: anObservedVm({ spec: aRescueSpec() }) },
  });
  const asked: ObjectKey[] = [];
  const lookAgain = (key: ObjectKey) => {
    asked.push(key);
    if (newest.instance !== undefined) world.instances.upsert(newest.instance);
    if (newest.migration !== undefined) world.migrations.upsert(newest.migration);
    return Promise.resolve();
  };
  return { world, asked, lookAgain };
}

const JUDGES = {
  Instance: (world: World) => ({
    judge: judgeInstance({ world, unrescueDuringMigration: 'Refuse' }),
    named: instanceItself,
  }),
  LiveMigration: (world: World) => ({ judge: judgeLiveMigration(world), named: instanceToMigrate }),
  KubeVirtMigration: (world: World) => ({ judge: judgeKubeVirtMigration(world), named: instanceOfVm }),
};

const unrescue: AdmissionRequest = {
  ...aRequest({
    object: submitted(anInstance()),
    oldObject: submitted(anInstance({ spec: { rescue: aRescue() } })),
  }),
  name: 'web-1',
};
const migrate = aRequest({ object: submitted(aLiveMigration()), resource: 'livemigrations' });
const moveVm = aRequest({ object: { metadata: {}, spec: { vmiName: 'web-1' } } });

describe('a request that is refused for what goes on with an Instance', () => {
  it.each([
    {
      name: 'a LiveMigration, of one that is said to be Rescued by now',
      of: 'LiveMigration' as const,
      request: migrate,
      stale: { instance: rescuing },
      newest: { instance: rescued },
    },
    {
      name: 'a LiveMigration, after one that is over by now',
      of: 'LiveMigration' as const,
      request: migrate,
      stale: { migration: aStoredMigration({ ...migrating, metadata: { name: 'first', uid: 'uid-first' } }) },
      newest: {
        migration: aStoredMigration({
          ...migrated,
          metadata: { ...NEWER, name: 'first', uid: 'uid-first' },
        }),
      },
    },
    {
      name: 'an unrescue, after a migration that is over by now',
      of: 'Instance' as const,
      request: unrescue,
      stale: { migration: migrating },
      newest: { migration: migrated },
    },
  ])('is judged again by the newest: $name', async ({ of, request, stale, newest }) => {
    const { world, asked, lookAgain } = aStaleWorld(stale, newest);
    const { judge, named } = JUDGES[of](world);
    expect(judge(request)).toMatchObject({ kind: 'Refused', code: 409 });
    expect(await withSecondLook(judge, named, lookAgain)(request)).toEqual(admitted);
    expect(asked).toEqual([WEB_1]);
  });

  it('by KubeVirt, too, which is told of capable nodes then', async () => {
    const { world, asked, lookAgain } = aStaleWorld({ instance: rescuing }, { instance: rescued });
    const { judge, named } = JUDGES.KubeVirtMigration(world);
    expect(judge(moveVm)).toMatchObject({ kind: 'Refused', code: 409 });
    expect(await withSecondLook(judge, named, lookAgain)(moveVm)).toMatchObject({ kind: 'Changed' });
    expect(asked).toEqual([WEB_1]);
  });

  it.each([
    { of: 'LiveMigration' as const, request: migrate, stale: { instance: rescuing } },
    { of: 'Instance' as const, request: unrescue, stale: { migration: migrating } },
    { of: 'KubeVirtMigration' as const, request: moveVm, stale: { instance: rescuing } },
  ])('stays refused where the newest is the same: $of', async ({ of, request, stale }) => {
    const { world, asked, lookAgain } = aStaleWorld(stale, {});
    const { judge, named } = JUDGES[of](world);
    expect(await withSecondLook(judge, named, lookAgain)(request)).toEqual(judge(request));
    expect(asked).toEqual([WEB_1]);
  });
});

describe('a request that is', () => {
  const { world, asked, lookAgain } = aStaleWorld({}, {});
  const judges = JUDGES.LiveMigration(world);

  it('let in is looked at once', async () => {
    expect(await withSecondLook(judges.judge, judges.named, lookAgain)(migrate)).toEqual(admitted);
    expect(asked).toEqual([]);
  });

  it('refused for what it asks is looked at once', async () => {
    const spec = { instanceName: 'web-1', destination: { nodeName: 'nowhere' } };
    const request = aRequest({ object: submitted(aLiveMigration({ spec })), resource: 'livemigrations' });
    const answer = await withSecondLook(judges.judge, judges.named, lookAgain)(request);
    expect(answer).toMatchObject({ kind: 'Refused', code: 400 });
    expect(asked).toEqual([]);
  });
});
