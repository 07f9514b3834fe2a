import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from '../stage/ground.ts';
import type { RunningContender } from './contender.ts';

export interface Command {
  readonly program: string;
  readonly args?: readonly string[];
}

/** Longer than any of them needs. Milliseconds. */
const ENDS_WITHIN = 10_000;

/** Starts a program that finds the API server by KUBECONFIG; its output goes into the folder of the control plane. */
export async function startProgram(
  ground: Ground,
  user: string,
  command: Command,
): Promise<RunningContender> {
  let child = await spawned(ground, user, command);
  return {
    get pid() {
      return child.pid ?? 0;
    },
    stop: () => ended(child),
    startAgain: async () => {
      child = await spawned(ground, user, command);
    },
  };
}

async function spawned(
  { controlPlane }: Ground,
  user: string,
  { program, args = [] }: Command,
): Promise<ChildProcess> {
  const log = openSync(join(controlPlane.folder, `${encodeURIComponent(user)}.log`), 'a');
  const env = { ...process.env, KUBECONFIG: await controlPlane.kubeconfig(user) };
  const child = spawn(program, args, { env, stdio: ['ignore', log, log] });
  // It must not outlive the benchmark, however that ends.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  await once(child, 'spawn');
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN);
  await once(child, 'exit');
  clearTimeout(killer);
}
