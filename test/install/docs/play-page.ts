import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { stepsOf, withoutRemark, type Step } from './page.ts';
import { areAsShown, areAsToldInBrief, linesOf, toldByWatch } from './printed.ts';

/** Where commands are run. */
export interface Terminal {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What no command does, by name. */
  readonly acts: Readonly<Record<string, (argument: string) => Promise<void>>>;
}

/** What a command has printed that is not what the page shows. */
export interface Difference {
  readonly command: string;
  readonly shown: readonly string[];
  readonly printed: readonly string[];
}

/** How a page is to be taken. */
export interface Manner {
  /** Commands that are not run here. */
  readonly skipped: ReadonlySet<string>;
  /** Lines are wrapped, and what a command prints is left out where it is of no interest. */
  readonly brief: boolean;
}

interface Played {
  readonly step: Exclude<Step, { kind: 'act' }>;
  readonly printed: readonly string[];
}

/** What a person puts in place of `sha256:…`. */
const DIGEST = `sha256:${'0f1e2d3c'.repeat(8)}`;
/** Longest that a command may take. Milliseconds. */
const COMMAND_DEADLINE = 150_000;

/** Does what a page says, and returns where it is otherwise. @throws where a command fails that is not said to */
export async function playPage(page: string, terminal: Terminal, manner: Manner): Promise<Difference[]> {
  const isRight = manner.brief ? areAsToldInBrief : areAsShown;
  return (await play(page, terminal, manner.skipped))
    .filter(({ step, printed }) => !isRight(printed, step.output))
    .map(({ step, printed }) => ({ command: step.command, shown: step.output, printed }));
}

/** The page with what its commands have printed, where that is otherwise. */
export async function recordPage(
  page: string,
  terminal: Terminal,
  skipped: ReadonlySet<string>,
): Promise<string> {
  const lines = page.split('\n');
  const played = await play(page, terminal, skipped);
  for (const { step, printed } of played.toSorted((one, other) => other.step.from - one.step.from)) {
    if (!areAsShown(printed, step.output)) lines.splice(step.from, step.to - step.from, ...printed);
  }
  return lines.join('\n');
}

async function play(page: string, terminal: Terminal, skipped: ReadonlySet<string>): Promise<Played[]> {
  const played: Played[] = [];
  const watches: { step: Played['step']; watch: Watch }[] = [];
  try {
    for (const step of stepsOf(page)) {
      if (step.kind === 'act') await act(step, terminal);
      else if (skipped.has(withoutRemark(step.command))) continue;
      else if (step.kind === 'watch') watches.push({ step, watch: await Watch.begin(step.command, terminal) });
      else played.push({ step, printed: await run(step, terminal) });
    }
  } finally {
    for (const { step, watch } of watches)
      played.push({ step, printed: toldByWatch(await watch.end()) });
  }
  return played;
}

async function act(step: Extract<Step, { kind: 'act' }>, { acts }: Terminal): Promise<void> {
  const doIt = acts[step.name];
  if (doIt === undefined) throw new Error(`no test knows how to "${step.name}"`);
  await doIt(step.argument);
}

async function run({ command, output }: Played['step'], terminal: Terminal): Promise<string[]> {
  const { code, printed } = await outcomeOf(command, terminal);
  const mayFail = output.some((line) => line.startsWith('Error') || line.startsWith('error'));
  if (code !== 0 && !mayFail) throw new Error(failure(command, code, printed));
  return printed;
}

/** Runs a command that no page shows with what it prints. @throws where it fails */
export async function runCommand(command: string, terminal: Terminal): Promise<void> {
  const { code, printed } = await outcomeOf(command, terminal);
  if (code !== 0) throw new Error(failure(command, code, printed));
}

function failure(command: string, code: number | null, printed: readonly string[]): string {
  return `${command}\n${printed.join('\n')}\nended with ${code}`;
}

async function outcomeOf(command: string, terminal: Terminal) {
  const child = start(command, terminal);
  const killer = setTimeout(() => child.kill('SIGKILL'), COMMAND_DEADLINE);
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const [[code], stdout] = await Promise.all([ended, text(child.stdout)]);
  clearTimeout(killer);
  return { code, printed: linesOf(stdout) };
}

function start(command: string, { cwd, env }: Terminal) {
  // Both streams in the order in which they are written, as on a screen.
  return spawn('bash', ['-c', `exec 2>&1\n${command.replaceAll('sha256:…', DIGEST)}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A command that goes on beside the others. */
class Watch {
  readonly #child: ReturnType<typeof start>;
  readonly #ended: Promise<unknown>;
  #printed = '';

  private constructor(child: ReturnType<typeof start>) {
    this.#child = child;
    this.#ended = once(child, 'close');
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.#printed += chunk));
  }

  /** Resolves when it has printed what is there already: from then on it misses nothing. */
  static async begin(command: string, terminal: Terminal): Promise<Watch> {
    const watch = new Watch(start(`exec ${command}`, terminal));
    await Promise.race([once(watch.#child.stdout, 'data'), watch.#ended]);
    return watch;
  }

  /** Ends it as Ctrl-C does; what it has printed. */
  async end(): Promise<string[]> {
    this.#child.kill('SIGINT');
    await this.#ended;
    return linesOf(this.#printed);
  }
}
