import type { Play } from '../e2e/play.ts';

/** How a Git owner applies: with server-side apply and force, or as kubectl did before. */
export const WAYS: Readonly<Record<string, readonly string[]>> = {
  'server-side apply and force': ['--server-side', '--force-conflicts', '--field-manager=git'],
  'client-side apply': [],
};

/** Applies what is in Git again and again, with no pause in between where tools make one of seconds. */
export class GitOwner {
  readonly #play: Play;
  readonly #flags: readonly string[];
  readonly #looping: Promise<void>;
  #inGit: readonly object[];
  #stopped = false;
  #rounds = 0;
  /** Told of each round that has ended. */
  #ended = Promise.withResolvers<undefined>();

  constructor(play: Play, flags: readonly string[], inGit: readonly object[]) {
    this.#play = play;
    this.#flags = flags;
    this.#inGit = inGit;
    this.#looping = this.#loop();
    // Whoever waits for a round is told.
    this.#looping.catch((error: unknown) => this.#ended.reject(error));
  }

  /** How often it has applied all of it. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Merges something, and returns when it was applied. @throws what kubectl says where that fails */
  async merge(inGit: readonly object[]): Promise<void> {
    this.#inGit = inGit;
    await this.further(2);
  }

  /** Returns when everything was applied so many times more, the one that goes on left out. @throws like `merge` */
  async further(rounds: number): Promise<void> {
    const until = this.#rounds + rounds + 1;
    while (this.#rounds < until) await this.#ended.promise;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looping;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const { stage } = this.#play;
      const list = { apiVersion: 'v1', kind: 'List', items: this.#inGit };
      const { code, stderr } = await stage.kubectl(['apply', ...this.#flags, '-f', '-'], list);
      if (code !== 0) throw new Error(stderr);
      this.#rounds += 1;
      const { resolve } = this.#ended;
      this.#ended = Promise.withResolvers();
      resolve(undefined);
    }
  }
}
