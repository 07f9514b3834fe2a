import { expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from '../support/wait.ts';
import { describeOnHosts } from './describe-on-hosts.ts';
import { keeperOf } from './names.ts';
import { remainsOf, removeLeftovers } from './removal.ts';

jest.setTimeout(90_000);

const NOTHING = { namespaces: [], links: [], folders: [] };

/** A process that has started a host, and the id of the keeper of it. */
async function owner(): Promise<{ process: ChildProcess; keeper: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'abandoned-hosts.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [folder] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit'),
  ])) as [unknown];
  const keeper = keeperOf(basename(String(folder)));
  if (keeper === undefined) throw new Error('No host was started');
  return { process: child, keeper };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

describeOnHosts('a libvirt host whose owner is gone', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('goes with it: %s', async (signal) => {
    const { process: child, keeper } = await owner();
    expect((await remainsOf((id) => id === keeper)).namespaces).toHaveLength(1);
    await end(child, signal);
    await waitFor('everything is removed', async () => {
      const { namespaces, links, folders } = await remainsOf((id) => id === keeper);
      return namespaces.length + links.length + folders.length === 0;
    });
  });

  it('is removed by whoever comes next, where its keeper was killed as well', async () => {
    const { process: child, keeper } = await owner();
    process.kill(keeper, 'SIGKILL');
    await end(child, 'SIGKILL');
    expect((await remainsOf((id) => id === keeper)).namespaces).toHaveLength(1);
    await removeLeftovers();
    expect(await remainsOf((id) => id === keeper)).toEqual(NOTHING);
  });
});
