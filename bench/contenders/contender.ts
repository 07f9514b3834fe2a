import type { Ground } from '../stage/ground.ts';

/** An operator that does the job, as a process. */
export interface RunningContender {
  readonly pid: number;
  /** Ends it as a kubelet does. */
  stop(): Promise<void>;
  /** Starts the one that was ended; it need not be ready when this resolves. */
  startAgain(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** For the table: framework and language. */
  readonly madeWith: string;
  /** Whether it only says what one thing costs another contender, so that the quick form does without it. */
  readonly explains: boolean;
  /** Whether it migrates VMs and answers drains. */
  readonly moves: boolean;
  /** User that its requests are counted by. */
  readonly user: string;
  /** Why it can't be measured on this machine, as half a sentence; undefined: it can. */
  missing(): string | undefined;
  start(ground: Ground): Promise<RunningContender>;
}
