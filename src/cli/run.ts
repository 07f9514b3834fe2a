import { readEnvironment } from '../config/env.ts';
import { loadConnection, type LoadConnectionOptions } from '../kube/kubeconfig.ts';
import type { Invocation } from './command.ts';
import { COMMANDS } from './commands.ts';
import { Complaint } from './complaint.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { explain } from './explain.ts';
import { parseCommandLine } from './parse.ts';
import { openSession, type Session } from './session.ts';
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
    const [{ run }, session] = await Promise.all([
      request.command.load(),
      connect(request.invocation, { terminal, signal }),
    ]);
    server = session.server;
    try {
      return await run(request.invocation, session);
    } finally {
      await session.transport.close();
    }
  } catch (error) {
    const { message, exitCode } = explain(error, { server });
    terminal.tell(`error: ${message}`);
    return exitCode;
  }
}

/** As the flags, and else the environment and the kubeconfig, say. */
export async function connect(
  invocation: Invocation,
  parts: Pick<Session, 'terminal' | 'signal'>,
): Promise<Session & { readonly server: string }> {
  const connection = await loadConnection(connectionOptions(invocation)).catch((error: unknown) => {
    throw new Complaint(`${(error as Error).message}.`, 'unreachable', { cause: error });
  });
  const namespace = invocation.text('namespace') ?? connection.namespace ?? 'default';
  return { ...openSession({ connection, namespace, ...parts }), server: connection.server };
}

/** Kubeconfig files as the flags, else the environment, say. */
export function kubeconfigOf(invocation: Invocation): string | undefined {
  const { KUBECONFIG } = readEnvironment();
  return invocation.text('kubeconfig') ?? (KUBECONFIG === '' ? undefined : KUBECONFIG);
}

function connectionOptions(invocation: Invocation): LoadConnectionOptions {
  const [user, groups] = [invocation.text('as'), invocation.texts('as-group')];
  if (user === undefined && groups.length > 0) {
    throw new Complaint('--as-group needs --as. See kubectl medevac --help.', 'usage');
  }
  return {
    kubeconfig: kubeconfigOf(invocation),
    context: invocation.text('context'),
    impersonate: user === undefined ? undefined : { user, groups },
  };
}
