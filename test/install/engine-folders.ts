/**
 * Folders of Docker engines. Each bears who made it: the id of a process, and when that began. Once it is gone the folder is
 * a left-over, with whatever still runs or is mounted there.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { endProcess } from '../libvirt-hosts/removal.ts';
import { waitFor } from '../support/wait.ts';
import { run } from './go-program.ts';

const NAME = /^medevac-docker-(\d+)-(\d+)-/;

export async function makeEngineFolder(parent: string): Promise<string> {
  return mkdtemp(join(parent, `medevac-docker-${process.pid}-${await beginOf(process.pid)}-`));
}

/** Removes a folder, running processes first. */
export async function removeEngineFolder(folder: string): Promise<void> {
  await waitFor(`the processes of ${folder} end`, async () => {
    const pids = await processesOf(folder);
    for (const pid of pids) endProcess(pid);
    return pids.length === 0;
  });
  // An engine leaves the network namespace of the machine mounted, for containers that outlive it.
  for (const path of (await mountsBelow(folder)).toReversed()) await run('umount', [path]);
  await rm(folder, { recursive: true, force: true });
}

/** Removes what runs left behind in a folder that were killed. */
export async function removeAbandonedEngines(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid = '', begin] = NAME.exec(name) ?? [];
    if (begin === undefined || (await beginOf(Number(pid))) === begin) continue;
    await removeEngineFolder(join(parent, name));
  }
}

/** Ids of what an engine has started, containers included, also where the engine is gone. */
export async function processesOf(folder: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // Where /tmp is mounted, a root says where in that it is.
  const name = basename(folder);
  const ours: number[] = [];
  for (const id of ids) {
    const [command, mounts] = await Promise.all([ofProcess(id, 'cmdline'), ofProcess(id, 'mountinfo')]);
    const root = mounts.split('\n').find((line) => line.split(' ')[4] === '/') ?? '';
    if (command.includes(name) || root.includes(name)) ours.push(Number(id));
  }
  return ours;
}

export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  const paths = table.split('\n').map((line) => line.split(' ')[1] ?? '');
  return paths.filter((path) => path.startsWith(`${folder}/`));
}

/** When a process began, in ticks since the machine did; with its id it is nobody else. Empty: there is none. */
async function beginOf(pid: number): Promise<string> {
  const stat = await ofProcess(String(pid), 'stat');
  // The second field is a name in parentheses, with any characters in it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Empty where it has ended meanwhile. */
function ofProcess(id: string, file: string): Promise<string> {
  return readFile(join('/proc', id, file), 'utf8').catch(() => '');
}
