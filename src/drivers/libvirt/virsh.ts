import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutCredentials } from './without-credentials.ts';

/** How a call of virsh ended. */
export type VirshResult =
  | { readonly kind: 'Done'; readonly stdout: string }
  /** `message`: what it wrote to its standard error, without `error: `. */
  | { readonly kind: 'Failed'; readonly message: string }
  /** No answer before the deadline; whether anything was done is not known. */
  | { readonly kind: 'TimedOut' };

export interface VirshCall {
  /** Milliseconds; 0: none. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/** Runs virsh against one host. A port: tests put a fault between, and real hosts need nothing else. */
export interface Virsh {
  run(args: readonly string[], call: VirshCall): Promise<VirshResult>;
  /** With a file that has this text, whose path comes last. */
  runWithFile(args: readonly string[], text: string, call: VirshCall): Promise<VirshResult>;
  /** A call that lasts; its output comes line by line. */
  follow(args: readonly string[]): ChildProcess;
}

const PROGRAM = 'virsh';
/** A domain's XML is 10 KiB; a host has a thousand of them at the worst. */
const LARGEST_OUTPUT = 64 * 2 ** 20;

/** The environment that virsh runs in: messages as they are, and what its transports need of ours. */
function environmentFrom({
  PATH,
  HOME,
  SSH_AUTH_SOCK,
}: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return { PATH, HOME, SSH_AUTH_SOCK, LC_ALL: 'C', LANGUAGE: '' };
}

/** virsh of this machine, speaking to the libvirtd at a URI. No shell: arguments are what they are. */
export function virshAt(uri: string, environment: Readonly<Record<string, string | undefined>>): Virsh {
  const options = { env: environmentFrom(environment) };
  const connect = ['--quiet', '--connect', uri];
  const run: Virsh['run'] = (args, { deadline, signal }) =>
    new Promise((resolve) => {
      execFile(
        PROGRAM,
        [...connect, ...args],
        { ...options, signal, timeout: deadline, killSignal: 'SIGKILL', maxBuffer: LARGEST_OUTPUT },
        (error, stdout, stderr) => resolve(resultOf(error, stdout, stderr)),
      );
    });
  return {
    run,
    // Its standard input would do, were it not a socket: that can't be opened by a name.
    async runWithFile(args, text, call) {
      const folder = await mkdtemp(join(tmpdir(), 'medevac-'));
      try {
        const path = join(folder, 'input.xml');
        await writeFile(path, text, { mode: 0o600 });
        return await run([...args, path], call);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    follow: (args) =>
      spawn(PROGRAM, [...connect, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }),
  };
}

/** How execFile says that a program has ended. */
interface Ended {
  readonly killed?: boolean;
  readonly code?: string | number | null;
  readonly signal?: NodeJS.Signals | null;
}

function resultOf(error: Error | null, stdout: string, stderr: string): VirshResult {
  if (error === null) return { kind: 'Done', stdout };
  const { killed, code, signal } = error as Error & Ended;
  if (killed === true || code === 'ABORT_ERR') return { kind: 'TimedOut' };
  if (code === 'ENOENT') {
    return { kind: 'Failed', message: `${PROGRAM} is not installed where the operator runs` };
  }
  // The message of the error itself is the whole command, with the URI in it.
  const silence = `${PROGRAM} ended with ${signal ?? code ?? 'an error'} and said nothing`;
  return { kind: 'Failed', message: errorsIn(stderr) || silence };
}

/** What virsh complains of, without its prefix; of several lines the last says why. */
export function errorsIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^error: /, '').trim());
  return withoutCredentials(lines.filter((line) => line !== '').join(': '));
}
