import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { waitFor } from '../support/wait.ts';
import { run } from './commands.ts';
import { folderName, keeperOf } from './names.ts';

export const KEEPER = join(import.meta.dirname, 'keeper.ts');

interface Named {
  readonly name: string;
}

/** Everything on this machine that bears the id of a keeper. */
export interface Remains {
  readonly namespaces: readonly string[];
  /** Ports before bridges: a port whose namespace is gone goes by itself, a bit later. */
  readonly links: readonly string[];
  readonly folders: readonly string[];
}

export async function remainsOf(isWanted: (keeper: number) => boolean): Promise<Remains> {
  const ours = (name: string) => {
    const keeper = keeperOf(name);
    return keeper !== undefined && isWanted(keeper);
  };
  const links = JSON.parse(await run('ip', '-json', 'link', 'show')) as { ifname: string }[];
  const namespaces = JSON.parse((await run('ip', '-json', 'netns', 'list')) || '[]') as Named[];
  return {
    namespaces: namespaces.map(({ name }) => name).filter(ours),
    links: links
      .map(({ ifname }) => ifname)
      .filter(ours)
      .sort((a, b) => b.length - a.length),
    folders: (await readdir(tmpdir())).filter(ours),
  };
}

/** Ids of the processes in a network namespace: guests, too, whose parent is no longer anybody that we know. */
export async function processesIn(namespace: string): Promise<number[]> {
  const output = await run('ip', 'netns', 'pids', namespace);
  return output.split('\n').filter(Boolean).map(Number);
}

/** Removes all that bears the ids of certain keepers, running processes first. */
export async function removeAll(isWanted: (keeper: number) => boolean): Promise<void> {
  const { namespaces, links, folders } = await remainsOf(isWanted);
  for (const namespace of namespaces) await endProcesses(namespace);
  for (const link of links) await ignoreGone(run('ip', 'link', 'delete', link));
  for (const namespace of namespaces) await ignoreGone(run('ip', 'netns', 'delete', namespace));
  for (const folder of folders) {
    await rm(folderName(keeperOf(folder) ?? 0), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Removes what runs left behind whose keeper was killed. */
export async function removeLeftovers(): Promise<void> {
  const { namespaces, links, folders } = await remainsOf(() => true);
  const keepers = new Set([...namespaces, ...links, ...folders].map((name) => keeperOf(name) ?? 0));
  for (const keeper of keepers) if (!(await isKeeper(keeper))) await removeAll((id) => id === keeper);
}

/** The id may have gone to another program since. */
async function isKeeper(pid: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(basename(KEEPER));
}

/** One that ends may have started another one in the meantime: asked until there is none. */
async function endProcesses(namespace: string): Promise<void> {
  await waitFor(`the processes of ${namespace} end`, async () => {
    const pids = await processesIn(namespace);
    for (const pid of pids) endProcess(pid);
    return pids.length === 0;
  });
}

/** Ends a process at once, or finds that it has ended. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Somebody else removes left-overs as well, or the kernel was faster. */
async function ignoreGone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!/Cannot find device|No such file/.test(String(error))) throw error;
  });
}
