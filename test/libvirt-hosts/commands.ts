import { execFile, type ChildProcess } from 'node:child_process';

/** Slow machines under load; nothing here takes minutes. */
const DEADLINE_MS = 120_000;

/** Runs a program without a shell; resolves to what it printed. Rejects with the command and what it said of the failure. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { timeout: DEADLINE_MS, maxBuffer: 64 * 1024 * 1024, env: commandEnvironment() };
  execFile(program, args, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`${[program, ...args].join(' ')}: ${stderr.trim() || error.message}`));
  });
  return promise;
}

/** Messages in English, dates that do not depend on the day, and the folders of programs for administrators. */
export function commandEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LC_ALL: 'C',
    SOURCE_DATE_EPOCH: '1700000000',
    PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
  };
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
