import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { DESTINATION_LABEL, MIGRATION_UID_LABEL, SOURCE_LABEL } from '../../src/api/names.ts';
import { MIGRATIONS } from '../../src/drivers/kubevirt/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { WEBHOOK_CONFIGURATIONS } from '../../src/webhooks/certificates/ca-bundle.ts';
import { aRescue } from '../builders/instance.ts';
import { loggedRequests, readVm } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

interface KubeVirtMigration extends KubeObject {
  readonly spec: { readonly vmiName: string; readonly addedNodeSelector?: Record<string, string> };
  readonly status?: { readonly phase?: string };
}

/** What a webhook says, as kubectl prints it. */
const REFUSED = (webhook: string, reason: string) =>
  `Error from server (${reason}): error when creating "STDIN": admission webhook "${webhook}.compute.medevac.dev" denied the request: `;

describe("KubeVirt's own migration of an Instance's VM", () => {
  let stage: Stage;
  let play: Play;
  let plays = 0;
  let migrations: ResourceClient<KubeVirtMigration>;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    migrations = new ResourceClient(stage.admin, MIGRATIONS);
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  function act(): Play {
    plays += 1;
    play = new Play(stage, `vm-${plays}`);
    return play;
  }

  const keyOf = (name: string) => ({ namespace: stage.namespace, name });
  const admin = (args: readonly string[], input?: unknown): Promise<Printed> =>
    kubectl(stage.controlPlane, [...args, '-n', stage.namespace], { input });

  /** What `virtctl migrate` leads to. */
  function migrateByKubeVirt(
    name: string,
    spec: object = {},
    metadata: object = {},
    flags: readonly string[] = [],
  ): Promise<Printed> {
    return admin(['create', ...flags, '-f', '-'], {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstanceMigration',
      metadata: { name, ...metadata },
      spec: { vmiName: play.name, ...spec },
    });
  }

  async function endOf(name: string): Promise<string> {
    return waitFor(
      `${name} is over`,
      async () => {
        const phase = (await migrations.get(keyOf(name))).status?.phase ?? '';
        return ['Succeeded', 'Failed'].includes(phase) && phase;
      },
      { timeoutMs: 30_000 },
    );
  }

  const isMoved = ({ status }: Instance) =>
    status?.operation?.type === 'Migrate' && conditionOf({ status } as Instance, 'Migrating') !== undefined;

  it('of a rescued one goes to a capable node, is shown, and keeps everybody else off until it is over', async () => {
    const rescued = await act().rescued();
    const mark = play.mark();
    const since = Date.now();

    expect(
      await migrateByKubeVirt('by-virtctl', { addedNodeSelector: { 'kubernetes.io/os': 'linux' } }),
    ).toMatchObject({ code: 0 });

    const { metadata, spec } = await migrations.get(keyOf('by-virtctl'));
    expect(spec.addedNodeSelector).toEqual({ 'kubernetes.io/os': 'linux', [DESTINATION_LABEL]: 'true' });
    const shown = await play.instance('the migration is shown', isMoved);
    expect(shown.status).toMatchObject({
      state: 'Rescued',
      node: rescued.status?.node,
      operation: { type: 'Migrate', uid: metadata.uid },
      migration: { name: 'by-virtctl', source: rescued.status?.node },
    });
    expect(conditionOf(shown, 'Migrating')).toMatchObject({ status: 'True', reason: 'ForeignMigration' });

    const unrescue = await stage.kubectl([
      'patch',
      'inst',
      play.name,
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/rescue"}]',
      '-n',
      stage.namespace,
    ]);
    expect(unrescue.stderr).toMatch(
      new RegExp(
        `Cannot unrescue Instance ${play.key} while VirtualMachineInstanceMigration by-virtctl is unfinished ` +
          '\\(phase \\w+ for \\d+ s\\)\\. Wait until it is over, or delete it\\.\\n$',
      ),
    );
    await expect(play.migrate('too')).rejects.toThrow(
      new RegExp(
        `Instance ${play.key} is being migrated already by VirtualMachineInstanceMigration by-virtctl ` +
          '\\(phase \\w+\\)\\. Wait until it is over, or delete it, then create this one again\\.',
      ),
    );

    expect(await endOf('by-virtctl')).toBe('Succeeded');
    const settled = await play.instance(
      'the lock is free',
      ({ status }) => status?.node !== rescued.status?.node,
    );
    expect(settled.status?.operation).toBeUndefined();
    expect(settled.status?.migration).toBeUndefined();
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    const requests = await loggedRequests(stage.controlPlane, { user: OPERATOR_USER, since, count: 4 });
    // Before each of the refusals the newest is read.
    expect(
      requests.map(({ verb, objectRef }) => [verb, objectRef?.resource, objectRef?.subresource]),
    ).toEqual([
      ['update', 'instances', 'status'],
      ['get', 'instances', undefined],
      ['get', 'instances', undefined],
      ['update', 'instances', 'status'],
    ]);
    await play.apply();
    await play.settled('Running');
  }, 90_000);

  it('of a rescued one is refused on a node that can not send, in our words', async () => {
    await act().apply({ placement: { nodeSelector: { 'kubernetes.io/hostname': 'node-d' } } });
    await play.settled('Running');
    await play.apply({
      placement: { nodeSelector: { 'kubernetes.io/hostname': 'node-d' } },
      rescue: aRescue(),
    });
    await play.settled('Rescued');

    const { code, stderr } = await migrateByKubeVirt('from-node-d');

    expect(code).toBe(1);
    const text =
      `KubeVirt's own migration of Instance ${play.key} is refused: live migration of rescued instances is not supported by ` +
      `source node "node-d": missing label ${SOURCE_LABEL}=true on the source. ` +
      'Upgrade the hypervisor of the node, or unrescue the Instance first.';
    expect(stderr).toBe(`${REFUSED('kubevirt-migrations', 'BadRequest')}${text}\n`);
    const call = `/apis/subresources.kubevirt.io/v1/namespaces/${stage.namespace}/virtualmachines/${play.name}/migrate`;
    const virtctl = await kubectl(stage.controlPlane, ['replace', '--raw', call, '-f', '-'], { input: {} });
    expect(virtctl.stderr).toContain(text);
  }, 90_000);

  it('is refused while the Instance is worked on or a LiveMigration holds it, in our words', async () => {
    await act().rescued();
    stage.simulator?.fail(play.key, { delays: { shutdownMs: 5_000 } });
    await play.apply();
    await play.instance('it is announced', ({ status }) => status?.operation?.type === 'Unrescue');
    expect((await migrateByKubeVirt('too-early')).stderr).toBe(
      `${REFUSED('kubevirt-migrations', 'Forbidden')}KubeVirt's own migration of Instance ${play.key} is refused: ` +
        'it is Unrescuing. Wait until that is over, then try again.\n',
    );
    stage.simulator?.fail(play.key, {});
    await play.settled('Running');
    const name = await play.migrate('ours');
    await play.transferring(name);
    expect((await migrateByKubeVirt('second')).stderr).toBe(
      `${REFUSED('kubevirt-migrations', 'Forbidden')}KubeVirt's own migration of Instance ${play.key} is refused: ` +
        `it is being migrated by LiveMigration ${name} (phase Running). Wait until that is over, or abort it.\n`,
    );
    expect((await play.ended(name)).status?.phase).toBe('Succeeded');
  }, 90_000);

  it('that slipped through is not disturbed by an unrescue that did, too; that follows when it is over', async () => {
    await act().rescued();
    const before = await readVm(stage.admin, keyOf(play.name));
    const restore = await removeWebhooks();
    // The API server takes that up a moment later.
    await waitFor('nobody is asked any more', async () => {
      const tried = await migrateByKubeVirt('tried', {}, {}, ['--dry-run=server', '-o', 'json']);
      return tried.code === 0 && !tried.stdout.includes('addedNodeSelector');
    });
    await migrateByKubeVirt('slipped-through');
    expect((await migrations.get(keyOf('slipped-through'))).spec).not.toHaveProperty('addedNodeSelector');
    await play.instance('the migration is shown', isMoved);

    await play.apply();

    expect(await endOf('slipped-through')).toBe('Succeeded');
    const unrescuing = await play.instance(
      'the unrescue',
      ({ status }) => status?.operation?.type === 'Unrescue',
    );
    expect(unrescuing.status?.state).toBe('Unrescuing');
    await restore();
    await play.settled('Running');
    expect((await readVm(stage.admin, keyOf(play.name))).vmUid).not.toBe(before.vmUid);
  }, 90_000);

  it('that looks like one of ours, whose LiveMigration is gone, is aborted', async () => {
    const rescued = await act().rescued();
    const mark = play.mark();
    const uid = 'f1b3c0de-0000-4000-8000-000000000001';

    await migrateByKubeVirt(`medevac-${uid}`, {}, { labels: { [MIGRATION_UID_LABEL]: uid } });

    await gone(`medevac-${uid}`);
    const settled = await play.settled('Rescued');
    expect(settled.status?.node).toBe(rescued.status?.node);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
  }, 60_000);

  it('that we made ends with its LiveMigration, also while we are down', async () => {
    const rescued = await act().rescued();
    // It ends because it is aborted: long before that the garbage collector has begun to work.
    stage.simulator?.fail(play.key, { delays: { migrationMs: 120_000 } });
    const name = await play.migrate('forgotten');
    const { metadata } = await play.transferring(name);
    await stage.operator.stop('SIGKILL');
    await play.accepted(['delete', 'lm', name]);

    await stage.controlPlane.startGarbageCollector();

    await gone(`medevac-${metadata.uid}`);
    await stage.restartOperator();
    const settled = await play.settled('Rescued');
    expect(settled.status?.node).toBe(rescued.status?.node);
  }, 120_000);

  async function gone(name: string): Promise<void> {
    await waitFor(
      `${name} is gone`,
      async () =>
        (await migrations.list({ namespace: stage.namespace })).items.every(
          ({ metadata }) => metadata.name !== name,
        ),
      { timeoutMs: 60_000 },
    );
  }

  /** Nobody is asked any more; resolves with what puts it right again. */
  async function removeWebhooks(): Promise<() => Promise<void>> {
    const removed: [Resource, KubeObject][] = [];
    for (const resource of WEBHOOK_CONFIGURATIONS) {
      const client = new ResourceClient(stage.admin, resource);
      removed.push([resource, await client.get({ namespace: '', name: 'medevac' })]);
      await client.delete({ namespace: '', name: 'medevac' });
    }
    return async () => {
      for (const [resource, { metadata, ...rest }] of removed) {
        await new ResourceClient(stage.admin, resource).create({
          ...rest,
          metadata: { name: metadata.name },
        });
      }
    };
  }
});
