/** Clients of GitOps tools, built with Go from the folder beside this file: see judge.go. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cacheFolder } from '../support/cache.mjs';

const SOURCES = join(import.meta.dirname, 'gitops-clients');

/** A minute and a half of CPU; more where others want it, too. Milliseconds. */
const BUILD_DEADLINE = 900_000;

/** What is asked of each object. */
export interface Question {
  /** Health check expressions of Flux by kind. */
  readonly flux?: Readonly<Record<string, object>>;
  /** Lua of Argo CD by kind. */
  readonly lua?: Readonly<Record<string, string>>;
  readonly objects: readonly object[];
}

/** What the clients say of an object. */
export interface Judgement {
  readonly kstatus: string;
  /** Empty where Flux was not asked. */
  readonly flux: string;
  /** What the Lua returned; null where there was none. */
  readonly lua: unknown;
}

function program(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'judge.go']) hash.update(readFileSync(join(SOURCES, file)));
  return join(cacheFolder('gitops-clients'), hash.digest('hex').slice(0, 16));
}

/** Half a sentence that says why they can't be asked here; undefined: they can. */
export function missingForGitOps(): string | undefined {
  return existsSync(program()) ? undefined : 'they were not built (npm run setup:install)';
}

/** Builds them, if they are not there yet. @throws where Go is not there, or what it says */
export async function provideGitOpsClients(say: (what: string) => void): Promise<void> {
  if (missingForGitOps() === undefined) return;
  say('building the clients of GitOps tools with Go; the first time this takes minutes');
  const folder = cacheFolder('gitops-clients');
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `draft-${process.pid}`);
  const flags = ['-trimpath', '-mod=readonly', '-ldflags', '-s -w', '-o', draft];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  const { code, stderr } = await run('go', ['build', ...flags, '.'], '', {
    cwd: SOURCES,
    env,
    timeout: BUILD_DEADLINE,
  });
  if (code !== 0) throw new Error(`Building the clients of GitOps tools failed: ${stderr.trim()}`);
  await rename(draft, program());
}

/** Asks all clients of all objects, in order. @throws what one of them can't read */
export async function judge(question: Question): Promise<readonly Judgement[]> {
  const { code, stdout, stderr } = await run(program(), [], JSON.stringify(question), {});
  if (code !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout) as Judgement[];
}

async function run(
  command: string,
  args: readonly string[],
  input: string,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeout?: number },
) {
  const child = spawn(command, args, options);
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.race([
    failed,
    Promise.all([ended, text(child.stdout), text(child.stderr)]),
  ]);
  return { code, stdout, stderr };
}
