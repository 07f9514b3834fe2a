/** Clients of GitOps tools, built with Go from the folder beside this file: see judge.go. */
import { join } from 'node:path';
import { missing, pathOf, provide, run, type GoProgram } from './go-program.ts';

const CLIENTS: GoProgram = {
  name: 'gitops-clients',
  what: 'the clients of GitOps tools',
  sources: join(import.meta.dirname, 'gitops-clients'),
  package: '.',
};

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

/** Half a sentence that says why they can't be asked here; undefined: they can. */
export function missingForGitOps(): string | undefined {
  return missing(CLIENTS);
}

/** Builds them, if they are not there yet. @throws where Go is not there, or what it says */
export function provideGitOpsClients(say: (what: string) => void): Promise<void> {
  return provide(CLIENTS, say);
}

/** Asks all clients of all objects, in order. @throws what one of them can't read */
export async function judge(question: Question): Promise<readonly Judgement[]> {
  const { code, stdout, stderr } = await run(pathOf(CLIENTS), [], { input: JSON.stringify(question) });
  if (code !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout) as Judgement[];
}

/** What Argo CD calls what kstatus calls so. */
const ARGO: Readonly<Record<string, string>> = {
  Current: 'Healthy',
  InProgress: 'Progressing',
  Failed: 'Degraded',
};

/** What the clients agree on, whose Lua was that of the health; else what each of them says. */
export function agreed({ kstatus, flux, lua: said }: Judgement): string {
  const { status } = said as { status: string };
  return flux === kstatus && status === ARGO[kstatus]
    ? kstatus
    : `kstatus ${kstatus}, Flux ${flux}, Argo CD ${status}`;
}
