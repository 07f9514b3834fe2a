import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Play } from '../e2e/play.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { helm, missingForHelm } from './helm.ts';

const STORY = 120_000;
const MISSING = 'registry.example/missing:1';

describeWhereThereIs('Helm', missingForHelm(), 'helm --wait, of a chart of VMs,', () => {
  let stage: Stage;
  let play: Play;
  let folder: string;
  let number = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    folder = await mkdtemp(join(tmpdir(), 'medevac-vms-'));
    await mkdir(join(folder, 'templates'));
    await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: vms\nversion: 1.0.0\n');
  }, STORY);
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }, STORY);
  afterEach(() => play.close());

  function begin(): void {
    number += 1;
    play = new Play(stage, `chart-${number}`);
  }

  /** Installs or upgrades the release that is named after the Instance; what Helm says where it fails. */
  async function apply(objects: readonly object[], timeout = '60s'): Promise<string> {
    const documents = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    await writeFile(join(folder, 'templates', 'vms.yaml'), documents);
    const kubeconfig = await stage.controlPlane.kubeconfig();
    const args = ['upgrade', '--install', play.name, folder, '-n', stage.namespace, '--wait'];
    const { code, stderr } = await helm([...args, '--timeout', timeout], { kubeconfig });
    return code === 0 ? '' : stderr;
  }

  /** What was seen last when Helm returned. */
  function now(): { state: string | undefined; phase: string | undefined } {
    const instances = play.observer.instances.filter(({ object }) => object.metadata.name === play.name);
    const migrations = play.observer.migrations.filter(
      ({ object }) => object.spec.instanceName === play.name,
    );
    return {
      state: instances.at(-1)?.object.status?.state,
      phase: migrations.at(-1)?.object.status?.phase,
    };
  }

  function migration(suffix: string): object {
    const spec = { instanceName: play.name };
    return aLiveMigration({ name: `${play.name}-${suffix}`, namespace: stage.namespace, spec });
  }

  it(
    'returns when the VM runs, when it is rescued, when it has been moved, and when it runs from its own disk again',
    async () => {
      begin();
      expect(await apply([play.manifest()])).toBe('');
      expect(now()).toEqual({ state: 'Running', phase: undefined });

      const rescued = play.manifest({ rescue: aRescue() });
      expect(await apply([rescued])).toBe('');
      expect(now()).toEqual({ state: 'Rescued', phase: undefined });

      expect(await apply([rescued, migration('away')])).toBe('');
      expect(now()).toEqual({ state: 'Rescued', phase: 'Succeeded' });

      expect(await apply([play.manifest(), migration('away')])).toBe('');
      expect(now()).toEqual({ state: 'Running', phase: 'Succeeded' });
    },
    STORY,
  );

  it(
    'fails at once with a LiveMigration that failed, and names it',
    async () => {
      begin();
      expect(await apply([play.manifest({ rescue: aRescue() })])).toBe('');
      stage.simulator?.fail(play.key, { migrationFails: 'the target refused' });
      const said = await apply([play.manifest({ rescue: aRescue() }), migration('fails')]);
      expect(said).toContain(`${play.name}-fails`);
      expect(said).toContain('Failed');
      expect(now()).toEqual({ state: 'Rescued', phase: 'Failed' });
    },
    STORY,
  );

  it(
    'does not return before its time is over where the rescue image can not be pulled',
    async () => {
      begin();
      expect(await apply([play.manifest()])).toBe('');
      stage.simulator?.setImageMissing(MISSING, true);
      const said = await apply(
        [play.manifest({ rescue: aRescue({ source: { containerDisk: { image: MISSING } } }) })],
        '8s',
      );
      expect(said).toContain(play.name);
      expect(now().state).toBe('Rescuing');
    },
    STORY,
  );
});
