import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

const ENDS_WITH_OWNER = new URL('ends-with-owner.mjs', import.meta.url).href;

/** Starts a program of Node's that does not outlive this one, however it ends: where Jest is killed, no handler runs. */
export function spawnOwned(args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, ['--import', ENDS_WITH_OWNER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  return child as ChildProcessByStdio<null, Readable, Readable>;
}
