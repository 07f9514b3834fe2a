import { COMMANDS } from '../../../src/cli/commands.ts';
import type { Invocation } from '../../../src/cli/command.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';

/** What the words behind `kubectl medevac` come to. */
export function invocationOf(...words: string[]): Invocation {
  const request = parseCommandLine(words, COMMANDS);
  if (request.kind !== 'Run') throw new Error(`${words.join(' ')} asks for help`);
  return request.invocation;
}

/** What a user is told instead. */
export function complaintOf(act: () => unknown): { message: string; exitCode: number } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    const { message, exitCode } = error as { message: string; exitCode: number };
    return { message, exitCode };
  }
}
