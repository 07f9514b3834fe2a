/** A Docker engine: the one that this machine has, else Debian's, unpacked into the cache and run for a suite only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../support/cache.mjs';
import { withUnpacked } from '../support/debian-package.ts';
import { debianArchive, provideDebian } from './debian-root.ts';
import { waitFor } from '../support/wait.ts';
import { makeEngineFolder, removeAbandonedEngines, removeEngineFolder } from './engine-folders.ts';

const PACKAGES = ['docker.io', 'containerd', 'runc'];
const PROGRAMS = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc'];

/** Path of a program in the cache. */
function dockerProgram(name: string): string {
  return join(cacheFolder('docker'), name);
}

/** Half a sentence that says why no engine can be run here; undefined: it can. */
export function missingForDocker(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine is only run by root';
  const there = PROGRAMS.every((name) => existsSync(dockerProgram(name))) && existsSync(debianArchive());
  return there ? undefined : 'Docker was not downloaded (npm run setup:install)';
}

/** Downloads the engine, and what images are made of, if they are not there yet. @throws where they can not be had */
export async function provideDocker(say: (what: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || missingForDocker() === undefined) return;
  await provideDebian(say);
  say('downloading the Docker engine with apt-get');
  const draft = `${cacheFolder('docker')}.draft-${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    for (const name of PACKAGES) await withUnpacked(name, (unpacked) => takePrograms(unpacked, draft));
    await rm(cacheFolder('docker'), { recursive: true, force: true });
    await rename(draft, cacheFolder('docker'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function takePrograms(unpacked: string, folder: string): Promise<void> {
  for (const name of PROGRAMS) {
    const paths = ['bin', 'usr/bin', 'usr/sbin'].map((path) => join(unpacked, path, name));
    const path = paths.find(existsSync);
    if (path !== undefined) await cp(path, join(folder, name), { dereference: true });
  }
}

export interface DockerEngine {
  /** What belongs to the suite and goes with the engine. */
  readonly folder: string;
  /** For programs that speak to it. */
  readonly env: { readonly DOCKER_HOST: string; readonly DOCKER_CONFIG: string };
  /** Ends it, with all its containers. */
  stop(): Promise<void>;
}

/**
 * Starts an engine without networks of its own: containers use that of the machine. It ends with its owner.
 * @param parent where its folder is made, and what others left behind is removed
 */
export async function startDocker(parent = tmpdir()): Promise<DockerEngine> {
  await removeAbandonedEngines(parent);
  const folder = await makeEngineFolder(parent);
  const socket = join(folder, 'docker.sock');
  const flags = {
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    host: `unix://${socket}`,
    pidfile: join(folder, 'pid'),
    bridge: 'none',
    iptables: 'false',
    ip6tables: 'false',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const env = { PATH: [cacheFolder('docker'), process.env['PATH']].join(delimiter) };
  // The kernel tells it, however its owner ends.
  const command = ['--pdeathsig', 'TERM', dockerProgram('dockerd'), ...args];
  const child = spawn('setpriv', command, { env, stdio: 'ignore' });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await removeEngineFolder(folder);
  };
  try {
    await waitFor('the Docker engine answers', () => answers(socket), { timeoutMs: 30_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, env: { DOCKER_HOST: flags.host, DOCKER_CONFIG: folder }, stop };
}

async function answers(socketPath: string): Promise<boolean> {
  const [{ statusCode }] = (await once(get({ socketPath, path: '/_ping' }), 'response')) as [IncomingMessage];
  return statusCode === 200;
}
