import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { anInstance, aRescue } from '../builders/instance.ts';
import type { Printed } from '../support/kubectl.ts';
import { Plugin } from '../support/plugin.ts';
import { useStage } from './use-stage.ts';

const STORY = 90_000;
const IMAGE = 'registry.example/rescue:1';

const Managed = z.object({
  metadata: z.object({
    managedFields: z.array(z.object({ manager: z.string(), operation: z.string(), fieldsV1: z.unknown() })),
  }),
});

describe('kubectl medevac, on KubeVirt', () => {
  const scene = useStage('cli');
  let plugin: Plugin;

  beforeAll(async () => {
    plugin = await Plugin.install(scene.stage.controlPlane);
  });

  /** Runs the plugin as the user, in their namespace. */
  const medevac = (...args: string[]): Promise<Printed> =>
    plugin.run([...args, '-n', scene.stage.namespace], { user: scene.stage.user });

  const printed = (stdout: string): Printed => ({ code: 0, stdout, stderr: '' });
  const refused = (text: string, code = 1): Printed => ({ code, stdout: '', stderr: `error: ${text}\n` });

  /** Applies the Instance of the test by server-side apply, as a GitOps pipeline does. */
  const applyFromGit = (spec: object) => {
    const { name, stage } = scene.play;
    const manifest = anInstance({ name, namespace: stage.namespace, spec });
    return scene.play.accepted(['apply', '--server-side', '--field-manager=argocd', '-f', '-'], manifest);
  };

  it(
    'rescues and unrescues, waits for both, and owns spec.rescue alone',
    async () => {
      const { name } = scene.act();
      await scene.play.running();

      const rescue = await medevac('rescue', name, '--image', IMAGE, '--expires-after', '4h', '--wait');

      const { node } = (await scene.play.settled('Rescued')).status ?? {};
      expect(rescue).toMatchObject({
        code: 0,
        stdout:
          `instance.compute.medevac.dev/${name} rescue requested\n` +
          `instance.compute.medevac.dev/${name} Rescued on ${node ?? ''}\n`,
        stderr: expect.stringMatching(new RegExp(`^team-a/${name} .*Rescuing`, 's')),
      });
      const args = ['get', 'instance', name, '-o', 'json', '--show-managed-fields'];
      const { metadata } = Managed.parse(JSON.parse((await scene.play.accepted(args)).stdout));
      expect(metadata.managedFields.filter(({ manager }) => manager === 'medevac-cli')).toEqual([
        {
          manager: 'medevac-cli',
          operation: 'Apply',
          fieldsV1: {
            'f:spec': {
              'f:rescue': { 'f:source': { 'f:containerDisk': { 'f:image': {} } }, 'f:expiresAfter': {} },
            },
          },
        },
      ]);
      expect(await medevac('rescue', name, '--image', IMAGE, '--expires-after', '4h')).toEqual(
        printed(`instance.compute.medevac.dev/${name} unchanged\n`),
      );

      const unrescue = await medevac('unrescue', name, '--wait');

      expect(unrescue).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          new RegExp(
            `^instance.compute.medevac.dev/${name} unrescue requested\ninstance.compute.medevac.dev/${name} Running on node-[abc]\n$`,
          ),
        ),
      });
      expect((await scene.play.settled('Running')).spec.rescue).toBeUndefined();
    },
    STORY,
  );

  it(
    'makes nothing of a name that is mistyped',
    async () => {
      const text = 'There is no Instance team-a/wbe-1. kubectl medevac list -A shows those that there are.';
      expect(await medevac('rescue', 'wbe-1', '--image', IMAGE)).toEqual(refused(text));
      expect(await medevac('migrate', 'wbe-1')).toEqual(refused(text));
      const { stdout } = await scene.stage.kubectl([
        'get',
        'instances,livemigrations',
        '-n',
        'team-a',
        '-o',
        'name',
      ]);
      expect(stdout).not.toContain('wbe-1');
    },
    STORY,
  );

  it(
    'leaves a rescue alone that a GitOps pipeline has set, and says where it is set',
    async () => {
      const { name } = scene.act();
      await applyFromGit({ powerState: 'Stopped', rescue: aRescue() });
      const text = (verb: string) =>
        `spec.rescue of Instance team-a/${name} belongs to field manager "argocd", which would set it again. ` +
        `${verb} it in the manifest that argocd applies, such as in Git.`;

      expect(await medevac('rescue', name, '--image', IMAGE)).toEqual(refused(text('Change')));
      expect(await medevac('unrescue', name)).toEqual(refused(text('Remove')));
    },
    STORY,
  );

  it(
    'leaves a rescue alone that somebody has applied with kubectl, and says how to change it',
    async () => {
      const { name } = scene.act();
      await scene.play.apply({ rescue: aRescue() });
      expect(await medevac('unrescue', name)).toEqual(
        refused(
          `spec.rescue of Instance team-a/${name} belongs to field manager "kubectl-client-side-apply", which would set it again. ` +
            `Remove it where it was set: in the manifest, or with kubectl edit instance ${name} -n team-a.`,
        ),
      );
    },
    STORY,
  );

  it(
    'rescues beside a GitOps pipeline that says nothing of rescue, and stays rescued when it syncs',
    async () => {
      const { name } = scene.act();
      await applyFromGit({ powerState: 'Stopped' });
      await scene.play.settled('Stopped');
      expect((await medevac('rescue', name, '--image', IMAGE)).code).toBe(0);
      await applyFromGit({ powerState: 'Stopped' });
      const { stdout } = await scene.play.accepted([
        'get',
        'instance',
        name,
        '-o',
        'jsonpath={.spec.rescue.source}',
      ]);
      expect(JSON.parse(stdout)).toEqual({ containerDisk: { image: IMAGE } });
    },
    STORY,
  );

  it(
    'migrates, and tells where the guest is',
    async () => {
      const { name } = scene.act();
      await scene.play.rescued();

      const away = await medevac('migrate', name, '--name', `${name}-away`, '--wait');

      const { outcome, transferMilliseconds = 0 } = (await scene.play.ended(`${name}-away`)).status ?? {};
      expect(away).toEqual({
        code: 0,
        stdout:
          `livemigration.compute.medevac.dev/${name}-away created\n` +
          `livemigration.compute.medevac.dev/${name}-away Succeeded: The guest runs on node "${outcome?.node ?? ''}". ` +
          `(transfer ${(transferMilliseconds / 1000).toFixed(1)} s)\n`,
        stderr: expect.stringMatching(
          new RegExp(`^(${name}-away (Queued|Preparing|Running|Completing)\n)+$`),
        ),
      });
    },
    STORY,
  );

  it(
    'is refused what can be refused at once, in the words of the webhook and with its remedy',
    async () => {
      const { name } = scene.act();
      await scene.play.rescued();
      expect(await medevac('migrate', name, '--to', 'node-d')).toEqual(
        refused(
          `Cannot live-migrate Instance team-a/${name}: live migration of rescued instances is not supported by destination ` +
            'node "node-d": missing label medevac.dev.node-restriction.kubernetes.io/rescued-migration-destination=true on the ' +
            'destination. Name another node, or upgrade the hypervisor of this one.',
        ),
      );
    },
    STORY,
  );

  it(
    'aborts a migration by the name of its Instance, and does not unrescue or force it meanwhile',
    async () => {
      const { name } = scene.act();
      await scene.play.running();
      expect(await medevac('abort', name)).toEqual(
        refused(
          `Nothing is being migrated by the name team-a/${name}. kubectl medevac list shows what is, in the column MIGRATION.`,
        ),
      );
      expect((await medevac('rescue', name, '--image', IMAGE, '--wait')).code).toBe(0);
      const { node } = (await scene.play.settled('Rescued')).status ?? {};
      scene.stage.simulator?.fail(scene.play.key, { delays: { migrationMs: 30_000 } });
      await medevac('migrate', name, '--name', `${name}-away`);
      await scene.play.transferring(`${name}-away`);

      expect((await medevac('unrescue', name)).stderr).toMatch(
        new RegExp(
          `^error: Cannot unrescue Instance team-a/${name} while LiveMigration ${name}-away is unfinished \\(phase Running for \\d+ s\\)\\. ` +
            'Wait until it is over, or abort it\\.\n$',
        ),
      );
      expect(await medevac('force-complete', name)).toEqual(
        refused(
          `Driver kubevirt of Instance team-a/${name} cannot honour spec.forceComplete. Let LiveMigration ${name}-away go on, or abort it.`,
        ),
      );
      const abort = await medevac('abort', name, '--wait');
      expect(abort.code).toBe(0);
      expect(abort.stdout).toMatch(
        new RegExp(
          `^livemigration.compute.medevac.dev/${name}-away abort requested\n` +
            `livemigration.compute.medevac.dev/${name}-away Aborted: The migration was aborted\\. ` +
            `The guest is unharmed on node "${node ?? ''}"\\. \\(transfer [\\d.]+ ?s\\)\n$`,
        ),
      );
      expect(await medevac('abort', `${name}-away`)).toEqual(
        refused(`LiveMigration team-a/${name}-away is over already: it is Aborted.`),
      );
    },
    STORY,
  );

  it(
    'ends with 1 where a migration fails, and with 3 where the time to wait is over',
    async () => {
      const { name } = scene.act();
      await scene.play.rescued();
      scene.stage.simulator?.fail(scene.play.key, { migrationFails: 'the guest CPU does not match' });
      const failed = await medevac('migrate', name, '--name', `${name}-fails`, '--wait');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(
        new RegExp(
          `error: livemigration.compute.medevac.dev/${name}-fails Failed: .*the guest CPU does not match.*\n$`,
        ),
      );
      scene.stage.simulator?.fail(scene.play.key, { delays: { migrationMs: 20_000 } });
      const late = await medevac('migrate', name, '--name', `${name}-late`, '--wait', '--timeout', '4s');
      expect(late.code).toBe(3);
      expect(late.stderr).toMatch(
        new RegExp(
          `error: The time is over, and it is not at its end: ${name}-late (Preparing|Running)\\. ` +
            `The migration goes on; kubectl medevac abort ${name}-late ends it\\.\n$`,
        ),
      );
    },
    STORY,
  );

  it(
    'lists, as a table and for programs, and prints a row again that changes until Ctrl-C',
    async () => {
      const { name } = scene.act();
      await scene.play.running();
      const { node = '' } = (await scene.play.settled('Running')).status ?? {};
      const row = (from: string) =>
        from
          .split('\n')
          .find((line) => line.includes(`${name} `))
          ?.split(/ {2,}/);

      expect(row((await medevac('list')).stdout)?.slice(0, 6)).toEqual([
        name,
        'Running',
        node,
        '-',
        '-',
        'True',
      ]);
      const all = await plugin.run(['list', '-A', '-o', 'wide']);
      expect(all.stdout.split('\n')[0]).toMatch(
        /^NAMESPACE +NAME +STATE +NODE +RESCUED +MIGRATION +READY +AGE +DRIVER +RESCUE IMAGE +REASON$/,
      );
      expect(row(all.stdout)?.slice(0, 4)).toEqual(['team-a', name, 'Running', node]);
      const json: unknown = JSON.parse((await medevac('list', '-o', 'json')).stdout);
      expect(json).toMatchObject({
        kind: 'List',
        items: expect.arrayContaining([
          expect.objectContaining({ kind: 'Instance', metadata: expect.objectContaining({ name }) }),
        ]),
      });
      expect((await medevac('list', '-o', 'yaml')).stdout).toContain(`\n      name: ${name}\n`);

      const watching = await plugin.start(['list', '-w', '-n', 'team-a'], { user: scene.stage.user });
      await watching.printed(new RegExp(`${name} +Running`));
      await medevac('rescue', name, '--image', IMAGE);
      await watching.printed(new RegExp(`${name} +Rescued +node-[a-c] +\\d+s +- +True`));
      const { code, stderr } = await watching.interrupt();
      expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    },
    STORY,
  );
});
