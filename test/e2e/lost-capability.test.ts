import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NODES } from '../../src/api/resources.ts';
import { OVERRIDE_SOURCE_LABEL, SOURCE_LABEL } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { aDisk, anInstance, aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { readVm } from '../support/evidence.ts';
import { kubectl } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

const STORY = 60_000;

describe('a source that can not send rescued VMs any more when a LiveMigration would start, on KubeVirt', () => {
  let stage: Stage;
  let play: Play;
  /** How many nodes are sources where no admin says otherwise. */
  let capable: number;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    capable = await countSources();
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(async () => {
    await play.close();
    await typedByAdmin('label', 'nodes', '--all', `${OVERRIDE_SOURCE_LABEL}-`);
    await sources(capable);
  }, STORY);

  async function typedByAdmin(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(stage.controlPlane, args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async function countSources(): Promise<number> {
    const { items } = await new ResourceClient(stage.admin, NODES).list();
    return items.filter(({ metadata }) => metadata.labels?.[SOURCE_LABEL] === 'true').length;
  }

  /** Waits until so many nodes are labelled as sources. */
  async function sources(count: number): Promise<void> {
    await waitFor(`${count} nodes are sources`, async () => (await countSources()) === count);
  }

  /** An admin says that no node can send rescued VMs. */
  async function loseCapability(): Promise<void> {
    await typedByAdmin('label', 'nodes', '--all', `${OVERRIDE_SOURCE_LABEL}=false`);
    await sources(0);
  }

  /** What the webhook says to who asks for a migration now, without its lead. */
  async function asked(): Promise<string> {
    const spec = { instanceName: play.name };
    const manifest = aLiveMigration({ name: 'asked', namespace: stage.namespace, spec });
    const { stderr } = await stage.kubectl(['create', '--dry-run=server', '-f', '-'], manifest);
    const [, text = ''] = /denied the request: (.*)\n$/.exec(stderr) ?? [];
    return text;
  }

  /** That the LiveMigration was refused by the controller in the words of the webhook, and nothing done. */
  async function refusedLikewise(name: string): Promise<void> {
    const migration = await play.ended(name);
    const message = await asked();
    expect(message).toContain('live migration of rescued instances is not supported by source node "');
    expect(conditionOf(migration, 'Admitted')).toMatchObject({
      status: 'False',
      reason: 'SourceNotCapable',
      message,
    });
    expect(conditionOf(migration, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'SourceNotCapable',
      message,
    });
    expect(migration.status?.phase).toBe('Failed');
    expect(migration.status?.attempts).toBeUndefined();
    const made = await typedByAdmin('get', 'virtualmachineinstancemigrations', '-A', '-o', 'name');
    expect(made).toBe('');
  }

  it(
    'is refused where it was lost while the LiveMigration was Queued, by the gate that let it in',
    async () => {
      play = new Play(stage, 'queued');
      const { namespace } = stage;
      const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
      const migration = aLiveMigration({ name: 'early', namespace, spec: { instanceName: play.name } });
      await play.accepted(['apply', '-f', '-'], migration);
      await play.migrationUntil(
        'early',
        'is Queued',
        ({ status }) => status?.phase === 'Queued' && status.observedGeneration === 1,
      );

      await loseCapability();
      const manifest = anInstance({ name: play.name, namespace, spec: { disks, rescue: aRescue() } });
      await play.accepted(['apply', '-f', '-'], manifest);

      await refusedLikewise('early');
      const rescued = await play.settled('Rescued');
      expect(conditionOf(rescued, 'Ready')).toMatchObject({ status: 'True' });
      expect(play.statesSince(0).filter((state) => state !== 'Pending')).toEqual(['Rescuing', 'Rescued']);
    },
    STORY,
  );

  it(
    'is refused where nobody asks the webhook, in the same words',
    async () => {
      play = new Play(stage, 'bypassed');
      const rescued = await play.rescued();
      await loseCapability();
      const before = await readVm(stage.admin, { namespace: stage.namespace, name: play.name });
      const mark = play.mark();
      const shown = await typedByAdmin('get', 'validatingwebhookconfigurations', 'medevac', '-o', 'json');
      const { apiVersion, kind, webhooks } = JSON.parse(shown) as KubeObject & { webhooks: unknown };
      await typedByAdmin('delete', 'validatingwebhookconfigurations', 'medevac');
      // The API server takes that up a moment later.
      await waitFor('it is let in', () => play.migrate('away').then(() => true));
      const configuration = { apiVersion, kind, metadata: { name: 'medevac' }, webhooks };
      await kubectl(stage.controlPlane, ['create', '-f', '-'], { input: configuration });
      await waitFor('the webhook is asked again', async () => (await asked()) !== '');

      await refusedLikewise(`${play.name}-away`);
      expect(play.statesSince(mark).filter((state) => state !== 'Rescued')).toEqual([]);
      const place = ['get', 'inst', play.name, '-o', 'jsonpath={.status.state} {.status.node}'];
      expect((await play.accepted(place)).stdout).toBe(`Rescued ${rescued.status?.node ?? ''}`);
      expect(await readVm(stage.admin, { namespace: stage.namespace, name: play.name })).toEqual(before);
    },
    STORY,
  );
});
