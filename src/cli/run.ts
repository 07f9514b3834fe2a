import { COMMANDS } from './commands.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { explain } from './explain.ts';
import { parseCommandLine } from './parse.ts';
import { terminalOf } from './terminal.ts';
import { usageText } from './usage.ts';

/** Runs `kubectl medevac` with the words behind it; resolves with the exit code. */
export async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const terminal = terminalOf(process);
  let server = '';
  try {
    const request = parseCommandLine(argv, COMMANDS);
    if (request.kind === 'Help') {
      terminal.print(usageText(request.command, COMMANDS).trimEnd());
      return EXIT_CODES.done;
    }
    // Lazily: help needs no cluster.
    const [{ run }, { connect }] = await Promise.all([request.command.load(), import('./connect.ts')]);
    const session = await connect(request.invocation, { terminal, signal });
    server = session.server;
    try {
      return await run(request.invocation, session);
    } finally {
      await session.transport.close();
    }
  } catch (error) {
    if (signal.aborted) return EXIT_CODES.interrupted;
    const { message, exitCode } = explain(error, { server });
    terminal.tell(`error: ${message}`);
    return exitCode;
  }
}
