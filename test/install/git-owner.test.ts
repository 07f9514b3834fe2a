import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import type { Play } from '../e2e/play.ts';
import { useStage } from '../e2e/use-stage.ts';
import { requestsOf } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { Plugin } from '../support/plugin.ts';
import { waitFor } from '../support/wait.ts';
import { GitOwner, WAYS } from './git-owner.ts';

const STORY = 240_000;
const IMAGE = 'registry.example/rescue:1';

/** Requests that a transition takes, with nobody who applies anything meanwhile. */
const CREATE = 3;
const RESCUE = 4;
/** The lock, the order and the release; beside them each telling of how far it is. */
const MIGRATE = 3;
/** What KubeVirt calls its own; their names are made from uids. */
const MIGRATIONS = 'virtualmachineinstancemigrations';
const UNRESCUE = 4;

describe.each(Object.entries(WAYS))('a Git owner that never stops to apply, with %s,', (_way, flags) => {
  const scene = useStage('owned');
  let plugin: Plugin;
  let git: GitOwner | undefined;
  let play: Play;
  /** When the operator was last counted. */
  let since = 0;

  beforeAll(async () => {
    plugin = await Plugin.install(scene.stage.controlPlane);
    await scene.stage.controlPlane.startGarbageCollector();
  });
  afterEach(async () => {
    await git?.stop();
    git = undefined;
  });

  function begin(): GitOwner {
    play = scene.act();
    since = Date.now();
    git = new GitOwner(play, flags, [play.manifest()]);
    return git;
  }

  /** How many requests the operator has made since it was last asked for, with Git applying twice more behind them. */
  async function requests(owner: GitOwner): Promise<string[]> {
    await owner.further(2);
    const until = Date.now();
    const log = requestsOf(await scene.stage.controlPlane.auditLog(), { user: OPERATOR_USER, since, until });
    since = until;
    return log
      .filter(({ objectRef }) => objectRef?.resource === MIGRATIONS || objectRef?.name?.startsWith(play.name))
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  }

  const medevac = (...args: string[]) =>
    plugin.run([...args, '-n', scene.stage.namespace], { user: scene.stage.user });

  /** States in the order in which they were seen, one that goes on told once. */
  function story(): string[] {
    const states = play.observer.instances
      .filter(({ object, type }) => object.metadata.name === play.name && type !== 'DELETED')
      .map(({ object }) => object.status?.state ?? 'Pending');
    return states.filter((state, index) => state !== states[index - 1]);
  }

  function last(): Instance['metadata'] & { readonly generation?: number } {
    const seen = play.observer.instances.findLast(({ object }) => object.metadata.name === play.name);
    if (seen === undefined) throw new Error(`${play.name} was never seen`);
    return seen.object.metadata;
  }

  /** Takes everything out of Git, as a tool that prunes does, and looks what is left. */
  async function prune(owner: GitOwner): Promise<string> {
    await owner.stop();
    git = undefined;
    const { stage, name } = play;
    await play.accepted(['delete', 'instance', name, '--timeout=30s']);
    const kinds =
      'instances,livemigrations,virtualmachines,virtualmachineinstances,virtualmachineinstancemigrations';
    const left = async () => {
      const args = ['get', kinds, '-n', stage.namespace, '-o', 'name'];
      const { stdout } = await kubectl(stage.controlPlane, args);
      return stdout.split('\n').filter((line) => line.includes(name));
    };
    // A LiveMigration is no part of its Instance; Git has both.
    await play.accepted(['delete', 'livemigrations', '--all', '--timeout=30s']);
    await waitFor('all of it is gone', async () => (await left()).length === 0, { timeoutMs: 30_000 });
    return (await left()).join(' ');
  }

  it(
    'has nothing done that it did not ask for: created, rescued, migrated, unrescued, pruned',
    async () => {
      const owner = begin();
      await play.settled('Running');
      expect(await requests(owner)).toHaveLength(CREATE);

      const rescued = play.manifest({ rescue: aRescue() });
      play.othersAct();
      await owner.merge([rescued]);
      await play.settled('Rescued');
      expect(await requests(owner)).toHaveLength(RESCUE);

      const spec = { instanceName: play.name };
      const away = aLiveMigration({ name: `${play.name}-away`, namespace: scene.stage.namespace, spec });
      play.othersAct();
      await owner.merge([rescued, away]);
      await play.ended(away.metadata.name);
      await play.settled('Rescued');
      expect(await requests(owner)).toHaveLength(MIGRATE + play.timesTold());

      play.othersAct();
      await owner.merge([play.manifest(), away]);
      await play.settled('Running');
      expect(await requests(owner)).toHaveLength(UNRESCUE);

      expect(story()).toEqual(UNDISTURBED);
      expect(last().generation).toBe(3);
      expect(owner.rounds).toBeGreaterThanOrEqual(16);
      expect(await prune(owner)).toBe('');
    },
    STORY,
  );

  it(
    'leaves a rescue by hand alone, where Git says nothing of rescue',
    async () => {
      const owner = begin();
      await play.settled('Running');
      await requests(owner);

      play.othersAct();
      expect(await medevac('rescue', play.name, '--image', IMAGE, '--wait')).toMatchObject({ code: 0 });
      await play.settled('Rescued');
      expect(await requests(owner)).toHaveLength(RESCUE);
      play.othersAct();
      expect(await medevac('migrate', play.name, '--wait')).toMatchObject({ code: 0 });
      await play.settled('Rescued');
      expect(await requests(owner)).toHaveLength(MIGRATE + play.timesTold());
      play.othersAct();
      expect(await medevac('unrescue', play.name, '--wait')).toMatchObject({ code: 0 });
      await play.settled('Running');
      expect(await requests(owner)).toHaveLength(UNRESCUE);

      expect(story()).toEqual(UNDISTURBED);
      expect(last().generation).toBe(3);
      expect(await prune(owner)).toBe('');
    },
    STORY,
  );

  it(
    'is left alone by hand, where Git has set the rescue',
    async () => {
      const owner = begin();
      await play.settled('Running');
      play.othersAct();
      await owner.merge([play.manifest({ rescue: aRescue() })]);
      await play.settled('Rescued');
      await requests(owner);

      const refused = await medevac('unrescue', play.name);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('which would set it again.');
      expect((await medevac('rescue', play.name, '--image', 'registry.example/other:1')).code).toBe(1);
      expect(await requests(owner)).toEqual([]);
      expect(last().generation).toBe(2);

      play.othersAct();
      expect(await medevac('migrate', play.name, '--wait')).toMatchObject({ code: 0 });
      await play.settled('Rescued');
      expect(await requests(owner)).toHaveLength(MIGRATE + play.timesTold());
      play.othersAct();
      await owner.merge([play.manifest()]);
      await play.settled('Running');
      expect(await requests(owner)).toHaveLength(UNRESCUE);
      expect(story()).toEqual(UNDISTURBED);
      expect(await prune(owner)).toBe('');
    },
    STORY,
  );

  it(
    'sees its rescued VM drained, and a drain leaves no mark in what it applies',
    async () => {
      const owner = begin();
      await play.settled('Running');
      play.othersAct();
      await owner.merge([play.manifest({ rescue: aRescue() })]);
      const { status } = await play.settled('Rescued');
      const node = status?.node ?? '';
      const { generation } = last();

      const drain = ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force'];
      expect(await kubectl(scene.stage.controlPlane, [...drain, '--timeout=90s'])).toMatchObject({ code: 0 });
      await kubectl(scene.stage.controlPlane, ['uncordon', node]);
      const moved = await play.instance('has settled elsewhere', isSettledBut(node));
      await owner.further(2);

      expect(moved.status?.state).toBe('Rescued');
      expect(last().generation).toBe(generation);
      expect(story()).toEqual(['Pending', 'Starting', 'Running', 'Rescuing', 'Rescued']);
      expect(await prune(owner)).toBe('');
    },
    STORY,
  );
});

/** All that a watch may show of a VM that is rescued, moved and unrescued. */
const UNDISTURBED = [
  ...['Pending', 'Starting', 'Running'],
  ...['Rescuing', 'Rescued'],
  ...['Unrescuing', 'Running'],
];

function isSettledBut(node: string): (instance: Instance) => boolean {
  return ({ status }) =>
    status?.node !== node && status?.operation === undefined && status?.node !== undefined;
}
