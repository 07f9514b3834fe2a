import type { Session } from './session.ts';

/** What a word of the command line may be completed with. */
export type Candidates = 'instances' | 'migrating' | 'nodes' | 'namespaces' | 'contexts' | 'virtualmachines';

export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for its value in the help; absent: it has none. */
  readonly value?: string;
  /** May be given several times. */
  readonly multiple?: true;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly completes?: Candidates;
}

export interface Argument {
  /** As it stands in the help. */
  readonly name: string;
  readonly completes: Candidates;
  /** One or more of them. */
  readonly several?: true;
}

/** The words of a command line, sorted. */
export interface Invocation {
  readonly names: readonly string[];
  /** Value of a flag. */
  text(flag: string): string | undefined;
  /** Values of a flag that may be given several times. */
  texts(flag: string): readonly string[];
  /** Whether a flag without value was given. */
  has(flag: string): boolean;
}

/** What a verb does; resolves with the exit code. */
type Verb = (invocation: Invocation, session: Session) => Promise<number>;

export interface Command {
  readonly name: string;
  /** In a line. */
  readonly summary: string;
  /** What should be known before using it. */
  readonly details: string;
  readonly argument?: Argument;
  readonly flags: readonly Flag[];
  /** Lazily, so that a verb starts without the code of the others. */
  readonly load: () => Promise<{ readonly run: Verb }>;
}
