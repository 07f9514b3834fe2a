import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program of Node's with this one, which it does not outlive (`exitOnSignals`). Resolves with its exit code. */
export async function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  const endChild = () => child.kill('SIGINT');
  process.once('exit', endChild);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('exit', endChild);
  return code ?? 1;
}

/** Has a signal end this program by way of its `exit` handlers, which end and remove what it has made. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code));
  }
}
