import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cacheFolder, underLock } from '../support/cache.mjs';

/** Minutes of CPU; more where others want it, too. Milliseconds. */
const BUILD_DEADLINE = 1_200_000;
const PROGRESS_EVERY = 15_000;

/** A program that is built with Go, once, into the user's cache. */
export interface GoProgram {
  /** Name of its folder in the cache. */
  readonly name: string;
  /** What a person calls it. */
  readonly what: string;
  /** Folder with go.mod and whatever belongs to it. */
  readonly sources: string;
  /** What to build in it. */
  readonly package: string;
  /** Flags of the linker, beside those that make it small. */
  readonly linkerFlags?: string;
}

/** Where it is, once it is built: in a file named for what it is built from. */
export function pathOf({ name, sources, ...program }: GoProgram): string {
  const hash = createHash('sha256').update(`${program.package} ${program.linkerFlags ?? ''}`);
  for (const file of readdirSync(sources).toSorted()) hash.update(readFileSync(join(sources, file)));
  return join(cacheFolder(name), hash.digest('hex').slice(0, 16));
}

/** Half a sentence that says why it can't be run here; undefined: it can. */
export function missing(program: GoProgram): string | undefined {
  return existsSync(pathOf(program)) ? undefined : 'it was not built (npm run setup:install)';
}

/** Builds it, if it is not there yet. @throws where Go is not there, or what it says */
export async function provide(program: GoProgram, say: (what: string) => void): Promise<void> {
  if (missing(program) === undefined) return;
  const wait = () => say(`waiting for another process that builds ${program.what}`);
  await underLock(cacheFolder(program.name), wait, async () => {
    if (missing(program) !== undefined) await build(program, say);
  });
}

async function build(program: GoProgram, say: (what: string) => void): Promise<void> {
  const { what, sources, linkerFlags = '' } = program;
  const started = Date.now();
  say(`building ${what} with Go; the first time this takes minutes`);
  const soFar = () => `${Math.round((Date.now() - started) / 1_000)} s so far`;
  const ticker = setInterval(() => say(`building ${what}, ${soFar()}`), PROGRESS_EVERY);
  const draft = `${pathOf(program)}.draft-${process.pid}`;
  const flags = ['-trimpath', '-mod=readonly', '-ldflags', `-s -w ${linkerFlags}`, '-o', draft];
  const options = { cwd: sources, env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' } };
  try {
    const { code, stderr } = await run('go', ['build', ...flags, program.package], {
      ...options,
      timeout: BUILD_DEADLINE,
    });
    if (code !== 0) throw new Error(`Building ${what} failed: ${stderr.trim()}`);
    await rename(draft, pathOf(program));
  } finally {
    clearInterval(ticker);
  }
}

/** What a program printed, and its exit code; resolves also where it fails. @throws where it can't be started */
export async function run(
  command: string,
  args: readonly string[],
  {
    input = '',
    ...options
  }: {
    readonly input?: Buffer | string | undefined;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly timeout?: number;
  } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(command, args, options);
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  // One that has ended without reading its input says by its exit code whether that was right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.race([
    failed,
    Promise.all([ended, text(child.stdout), text(child.stderr)]),
  ]);
  return { code, stdout, stderr };
}
