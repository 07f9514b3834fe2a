/**
 * Programs that end with this process, however it ends. They are children of a guardian (guardian.mjs), which kills them
 * and removes their folder as soon as the pipe to it closes, and a pipe closes also when its owner is killed.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const GUARDIAN = join(import.meta.dirname, 'guardian.mjs');
const LOG_LINES_SHOWN = 15;

type Guardian = ChildProcessByStdio<Writable, Readable, null>;

type Report =
  | { event: 'ready'; folder: string }
  | { event: 'started'; name: string; pid: number }
  | { event: 'exited'; name: string; how: string };

interface Running {
  pid?: number;
  /** How it ended, once it has. */
  exit?: string;
  readonly exited: PromiseWithResolvers<void>;
  readonly started: PromiseWithResolvers<void>;
}

/** A program, and what it is given beside the environment of this process. */
export interface Command {
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class GuardedPrograms {
  /** Own temp folder; removed when the guardian ends. */
  readonly folder: string;
  readonly #guardian: Guardian;
  readonly #running = new Map<string, Running>();

  private constructor(guardian: Guardian, folder: string) {
    this.#guardian = guardian;
    this.folder = folder;
  }

  static async open(): Promise<GuardedPrograms> {
    // A session of its own: Ctrl-C must reach this process first, which then may still talk to the programs.
    const guardian = spawn(process.execPath, [GUARDIAN], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    guardian.stdin.on('error', () => undefined);
    const lines = createInterface({ input: guardian.stdout });
    const first = await Promise.race([once(lines, 'line'), once(guardian, 'exit').then(() => undefined)]);
    const ready = first === undefined ? undefined : (JSON.parse(String(first[0])) as Report);
    if (ready?.event !== 'ready') throw new Error('The guardian of the control plane did not start');
    const programs = new GuardedPrograms(guardian, ready.folder);
    lines.on('line', (line) => programs.#note(JSON.parse(line) as Report));
    guardian.once('exit', () => programs.#noteGuardianGone());
    return programs;
  }

  /** Starts a program under a name, also again. Its output is appended to `<folder>/<name>.log`. */
  async start(name: string, { program, args = [], env = {} }: Command): Promise<void> {
    const running: Running = { exited: Promise.withResolvers(), started: Promise.withResolvers() };
    this.#running.set(name, running);
    this.#send({ do: 'start', name, program, args, env, log: this.#logPath(name) });
    await Promise.race([running.started.promise, running.exited.promise]);
    if (running.pid === undefined) throw await this.failure(name);
  }

  /** Sends a signal and waits for the end of the program; SIGKILL follows when it has not ended in time. */
  async stop(name: string, signal: 'SIGTERM' | 'SIGKILL', timeoutMs = 10_000): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined || running.exit !== undefined) return;
    this.#send({ do: 'signal', name, signal });
    const killer = setTimeout(() => this.#send({ do: 'signal', name, signal: 'SIGKILL' }), timeoutMs);
    await running.exited.promise;
    clearTimeout(killer);
  }

  /** How a program ended, for example `SIGKILL` or `exit code 1`; undefined while it runs. */
  exitOf(name: string): string | undefined {
    return this.#running.get(name)?.exit;
  }

  /** Process ids of what runs, by name. */
  pids(): Record<string, number> {
    const running = [...this.#running].filter(([, { exit }]) => exit === undefined);
    return Object.fromEntries(running.map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** An error that says what became of a program that should be of use, with the end of its output. */
  async failure(name: string): Promise<Error> {
    const exit = this.exitOf(name);
    const log = await readFile(this.#logPath(name), 'utf8').catch(() => '');
    const lastLines = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    const what = exit === undefined ? 'did not get ready' : `ended (${exit})`;
    return new Error(`${name} ${what}; its last lines:\n${lastLines}`);
  }

  /** Ends all programs and removes the folder. A second call waits for the same end. */
  async close(): Promise<void> {
    if (this.#guardian.exitCode !== null || this.#guardian.signalCode !== null) return;
    const gone = once(this.#guardian, 'exit');
    this.#guardian.stdin.end();
    await gone;
  }

  #logPath(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  #send(command: object): void {
    this.#guardian.stdin.write(`${JSON.stringify(command)}\n`);
  }

  #note(report: Report): void {
    if (report.event === 'ready') return;
    const running = this.#running.get(report.name);
    if (running === undefined) return;
    if (report.event === 'started') {
      running.pid = report.pid;
      running.started.resolve();
    } else {
      running.exit = report.how;
      running.exited.resolve();
    }
  }

  #noteGuardianGone(): void {
    for (const [name, { exit }] of this.#running) {
      if (exit === undefined) this.#note({ event: 'exited', name, how: 'with its guardian' });
    }
  }
}
