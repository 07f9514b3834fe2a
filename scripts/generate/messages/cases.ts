import type { Verdict } from '../../../src/domain/verdict.ts';

/** A text that users meet, made by the code that says it; names in capitals stand for names of theirs. */
export interface MessageCase {
  /** What was asked for, and what stood in the way. */
  readonly when: string;
  /** What the code answers to it. */
  readonly answer: Pick<Verdict, 'kind'> & { readonly code?: number; readonly reason?: string } & (
      { readonly message: string } | { readonly warnings: readonly string[] }
    );
  /** The way out, longer than a text of one line can say it; Markdown. */
  readonly remedy: string;
}

/** Cases under one heading. */
export interface MessageGroup {
  readonly title: string;
  readonly cases: readonly MessageCase[];
}
