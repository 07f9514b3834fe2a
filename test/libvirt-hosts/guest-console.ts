import { open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait.ts';
import { ConsoleLines, type ConsoleLine } from './console-lines.ts';

const POLL_MS = 50;
const WAIT_MS = 90_000;

export interface ConsoleWait {
  /** Number of the first line that counts; default 0: all that there is. */
  readonly since?: number;
  /** Default 90 s: a guest under load boots slowly. */
  readonly timeoutMs?: number;
}

interface Log {
  readonly host: string;
  /** Need not exist yet. */
  readonly path: string;
  offset: number;
}

/** The serial console of a domain, read from the logs of all hosts: it goes on across migrations. */
export class GuestConsole {
  readonly #domain: string;
  readonly #logs: readonly Log[];
  readonly #merged = new ConsoleLines();
  readonly #following: Promise<void>;
  #stopped = false;

  constructor(domain: string, logs: readonly { host: string; path: string }[]) {
    this.#domain = domain;
    this.#logs = logs.map((log) => ({ ...log, offset: 0 }));
    this.#following = this.#follow();
  }

  /** All lines so far, in the order of their arrival. */
  get lines(): readonly ConsoleLine[] {
    return this.#merged.lines;
  }

  /** The first line of which that holds, also one that is there already. Rejects with the last lines. */
  async waitFor(isIt: (line: ConsoleLine) => boolean, options: ConsoleWait = {}): Promise<ConsoleLine> {
    const { since = 0, timeoutMs = WAIT_MS } = options;
    const find = () => this.lines.slice(since).find(isIt);
    try {
      return await waitFor('a line on the console', find, { timeoutMs });
    } catch {
      const last = this.lines.slice(-5).map((line) => JSON.stringify(line));
      throw new Error(
        `Waited ${timeoutMs} ms for a line of ${this.#domain}; the last ones:\n${last.join('\n')}`,
      );
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      for (const log of await this.#grown()) await this.#read(log);
      await delay(POLL_MS);
    }
  }

  /** What a guest wrote before it moved was written first. */
  async #grown(): Promise<Log[]> {
    const found = await Promise.all(
      this.#logs.map(async (log) => ({ log, file: await stat(log.path).catch(() => undefined) })),
    );
    const grown = found.filter(({ log, file }) => file !== undefined && file.size > log.offset);
    return grown.sort((a, b) => (a.file?.mtimeMs ?? 0) - (b.file?.mtimeMs ?? 0)).map(({ log }) => log);
  }

  async #read(log: Log): Promise<void> {
    const file = await open(log.path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - log.offset), 0, null, log.offset);
      log.offset += bytesRead;
      this.#merged.add(log.host, buffer.toString('utf8', 0, bytesRead), Date.now());
    } finally {
      await file.close();
    }
  }
}
