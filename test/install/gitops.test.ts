import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HEALTH_EXPRESSIONS, lua } from '../../scripts/generate/gitops.ts';
import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { aRescue } from '../builders/instance.ts';
import { Play } from '../e2e/play.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { requestsOf } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { agreed, judge, missingForGitOps } from './gitops-clients.ts';

const STORY = 90_000;

const HEALTH = {
  flux: { Instance: HEALTH_EXPRESSIONS, LiveMigration: HEALTH_EXPRESSIONS },
  lua: { Instance: lua('health'), LiveMigration: lua('health') },
};

async function verdicts(kind: string, objects: readonly object[]): Promise<string[]> {
  const judgements = await judge({ ...HEALTH, objects: objects.map((object) => ({ kind, ...object })) });
  return judgements.map(agreed);
}

/** Whether an Instance is what its spec asks for, by what it shows; not by its conditions. */
function isAsAsked({ metadata, spec, status }: Instance): boolean {
  const wanted = spec.rescue === undefined ? 'Running' : 'Rescued';
  return status?.observedGeneration === metadata.generation && status.state === wanted;
}

/** What a LiveMigration has come to, by its phase. */
function endOf({ status }: LiveMigration): string {
  if (status?.phase === 'Failed') return 'Failed';
  return status?.phase === 'Succeeded' || status?.phase === 'Aborted' ? 'Current' : 'InProgress';
}

describeWhereThereIs('clients of GitOps tools', missingForGitOps(), 'what GitOps tools make of', () => {
  let stage: Stage;
  let play: Play;
  let number = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  function begin(): void {
    number += 1;
    play = new Play(stage, `git-${number}`);
  }

  /** All that the watches have shown, each with what the clients make of it. */
  async function seen() {
    const instances = play.observer.instances
      .map(({ object }) => object)
      .filter(({ metadata }) => metadata.name === play.name);
    const migrations = play.observer.migrations
      .map(({ object }) => object)
      .filter(({ spec }) => spec.instanceName === play.name);
    const [ofInstances, ofMigrations] = await Promise.all([
      verdicts('Instance', instances),
      verdicts('LiveMigration', migrations),
    ]);
    return {
      instances: instances.map((object, index) => ({ object, verdict: ofInstances[index] })),
      migrations: migrations.map((object, index) => ({ object, verdict: ofMigrations[index] })),
    };
  }

  it(
    'a rescue, a migration and an unrescue: ready when it is as asked, and never before',
    async () => {
      begin();
      await play.rescued();
      await play.ended(await play.migrate('away'));
      await play.settled('Rescued');
      await play.apply();
      await play.settled('Running');

      const { instances, migrations } = await seen();
      const early = instances.filter(({ object, verdict }) => verdict === 'Current' && !isAsAsked(object));
      expect(early.map(({ object }) => object.status?.state)).toEqual([]);
      expect(new Set(instances.map(({ verdict }) => verdict))).toEqual(new Set(['InProgress', 'Current']));
      expect(instances.at(-1)?.verdict).toBe('Current');
      expect(migrations.map(({ verdict }) => verdict)).toEqual(migrations.map(({ object }) => endOf(object)));
      expect(migrations.at(-1)?.verdict).toBe('Current');
    },
    STORY,
  );

  it(
    'a migration that fails, and one that is aborted: the first has failed, the second is as asked',
    async () => {
      begin();
      await play.rescued();
      stage.simulator?.fail(play.key, { migrationFails: 'the target refused' });
      await play.ended(await play.migrate('fails'));
      stage.simulator?.fail(play.key, { delays: { migrationMs: 20_000 } });
      const second = await play.migrate('stops');
      await play.transferring(second);
      await play.accepted([
        'patch',
        'livemigration',
        second,
        '--type=merge',
        '-p',
        '{"spec":{"abort":true}}',
      ]);
      await play.ended(second);

      const { instances, migrations } = await seen();
      expect(migrations.map(({ verdict }) => verdict)).toEqual(migrations.map(({ object }) => endOf(object)));
      expect(new Set(migrations.map(({ verdict }) => verdict))).toEqual(
        new Set(['InProgress', 'Failed', 'Current']),
      );
      // What happens to a migration is no failure of the Instance.
      expect(instances.map(({ verdict }) => verdict)).not.toContain('Failed');
    },
    STORY,
  );

  it(
    'a Git owner that applies again and again, with server-side apply and force or as before: nothing, in any state',
    async () => {
      begin();
      await play.running();
      await again({});
      await play.apply({ rescue: aRescue() });
      await play.settled('Rescued');
      await again({ rescue: aRescue() });
      stage.simulator?.fail(play.key, { delays: { migrationMs: 10_000 } });
      const away = await play.migrate('away');
      await play.transferring(away);
      const during = await again({ rescue: aRescue() });
      await play.ended(away);
      await waitFor('nothing is done any more', async () => (await stored()).status?.operation === undefined);

      expect(during.every(isAsAsked)).toBe(true);
      expect(new Set(during.map(({ status }) => status?.state))).toEqual(new Set(['Rescued']));
    },
    STORY,
  );

  /** Applies what is there three times in both ways; what was seen meanwhile. The operator has no part in it. */
  async function again(spec: Parameters<Play['manifest']>[0]): Promise<Instance[]> {
    const [mark, since] = [play.mark(), Date.now()];
    const { metadata } = await stored();
    const manifest = play.manifest(spec);
    const ways = [['--server-side', '--force-conflicts', '--field-manager=git'], []];
    for (const way of [...ways, ...ways, ...ways])
      await play.accepted(['apply', ...way, '-f', '-'], manifest);
    expect((await stored()).metadata.generation).toBe(metadata.generation);
    const log = await stage.controlPlane.auditLog();
    const written = requestsOf(log, { user: OPERATOR_USER, since, until: Date.now() });
    // A transfer is told of every few seconds, whoever applies what.
    const ofSpec = written.filter(({ objectRef }) => objectRef?.subresource !== 'status');
    expect(ofSpec.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
    return play.observer.instances
      .slice(mark)
      .map(({ object }) => object)
      .filter((object) => object.metadata.name === play.name);
  }

  async function stored(): Promise<Instance> {
    const { stdout } = await play.accepted(['get', 'instance', play.name, '-o', 'json']);
    return JSON.parse(stdout) as Instance;
  }

  describe('the actions of Argo CD', () => {
    /** Runs a script of an object as Argo CD does. */
    async function run(kind: string, object: object, ...script: readonly string[]): Promise<unknown> {
      const [judgement] = await judge({ lua: { [kind]: lua(...script) }, objects: [{ kind, ...object }] });
      return judgement?.lua;
    }

    async function offered(kind: string, folder: string, object: object): Promise<string[]> {
      const actions = (await run(kind, object, folder, 'discovery')) as Record<string, { disabled: boolean }>;
      return Object.keys(actions)
        .filter((name) => actions[name]?.disabled === false)
        .toSorted();
    }

    it(
      'offer what medevac would do, and do it',
      async () => {
        begin();
        await play.running();
        const running = await stored();
        expect(await offered('Instance', 'instance', running)).toEqual(['migrate', 'rescue']);
        await expect(run('Instance', running, 'instance', 'rescue')).rejects.toThrow(
          'Give the image of the rescue system, such as registry.example/rescue@sha256:...',
        );

        await play.apply({ rescue: aRescue() });
        await play.settled('Rescued');
        const rescued = await stored();
        expect(await offered('Instance', 'instance', rescued)).toEqual(['migrate', 'unrescue']);

        stage.simulator?.fail(play.key, { delays: { migrationMs: 20_000 } });
        const [{ operation, resource }] = (await run('Instance', rescued, 'instance', 'migrate')) as [
          { operation: string; resource: LiveMigration },
        ];
        expect(operation).toBe('create');
        await play.accepted(['create', '-f', '-'], resource);
        const { name } = resource.metadata;
        const migration = await play.transferring(name);
        expect(await offered('Instance', 'instance', await stored())).toEqual([]);
        expect(await offered('LiveMigration', 'live-migration', migration)).toEqual(['abort']);

        const { stdout } = await play.accepted(['get', 'livemigration', name, '-o', 'json']);
        const aborted = await run('LiveMigration', JSON.parse(stdout) as object, 'live-migration', 'abort');
        await play.accepted(
          ['apply', '--server-side', '--force-conflicts', '-f', '-'],
          withoutBookkeeping(aborted),
        );
        const ended = await play.ended(name);
        expect(ended.status?.phase).toBe('Aborted');
        expect(await offered('LiveMigration', 'live-migration', ended)).toEqual([]);

        await play.settled('Rescued');
        const unrescued = await run('Instance', await stored(), 'instance', 'unrescue');
        await play.accepted(['replace', '-f', '-'], unrescued);
        await play.settled('Running');
      },
      STORY,
    );
  });
});

function withoutBookkeeping(object: unknown): object {
  const { metadata, status: _, ...rest } = object as LiveMigration;
  const { name, namespace } = metadata;
  return { ...rest, metadata: { name, namespace } };
}
