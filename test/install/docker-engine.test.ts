import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { spawnOwned } from '../support/owned-process.ts';
import { waitFor } from '../support/wait.ts';
import { missingForDocker } from './docker-engine.ts';
import { mountsBelow, processesOf, removeAbandonedEngines } from './engine-folders.ts';

const LONG = 120_000;

/** Of this suite alone, since others that start an engine remove what is left behind beside it; the same in each run, so that the next one finds it. */
const PARENT = join(tmpdir(), 'medevac-killed-engines');

beforeAll(async () => {
  await mkdir(PARENT, { recursive: true });
  await removeAbandonedEngines(PARENT);
});

afterAll(async () => {
  await removeAbandonedEngines(PARENT);
  await rmdir(PARENT);
});

/** A process that has started an engine with a container, and the folder of it. */
async function owner(): Promise<{ child: ChildProcess; folder: string }> {
  const child = spawnOwned([join(import.meta.dirname, 'abandoned-engine.ts'), PARENT]);
  child.stderr.pipe(process.stderr);
  const [folder] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit'),
  ])) as [unknown];
  if (typeof folder !== 'string') throw new Error('No engine was started');
  return { child, folder };
}

async function remains(folder: string) {
  return {
    processes: await processesOf(folder),
    mounts: await mountsBelow(folder),
    folder: existsSync(folder),
  };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describeWhereThereIs('Docker', missingForDocker(), 'a Docker engine whose owner was killed', () => {
  it(
    'ends, with its containers, and what it leaves behind goes when the next one starts',
    async () => {
      const { child, folder } = await owner();
      expect((await processesOf(folder)).length).toBeGreaterThanOrEqual(4);
      await killed(child);
      await waitFor('all that ran has ended', async () => (await processesOf(folder)).length === 0, {
        timeoutMs: 30_000,
      });
      expect(existsSync(folder)).toBe(true);
      await removeAbandonedEngines(PARENT);
      expect(await remains(folder)).toEqual({ processes: [], mounts: [], folder: false });
    },
    LONG,
  );

  it(
    'is removed by the next one where it was killed as well, its containers too',
    async () => {
      const { child, folder } = await owner();
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGKILL');
      await killed(child);
      expect((await processesOf(folder)).length).toBeGreaterThanOrEqual(2);
      await removeAbandonedEngines(PARENT);
      expect(await remains(folder)).toEqual({ processes: [], mounts: [], folder: false });
    },
    LONG,
  );

  it(
    'stays where its owner runs',
    async () => {
      const { child, folder } = await owner();
      await removeAbandonedEngines(PARENT);
      expect(existsSync(folder)).toBe(true);
      await killed(child);
      await removeAbandonedEngines(PARENT);
      expect(existsSync(folder)).toBe(false);
    },
    LONG,
  );
});
