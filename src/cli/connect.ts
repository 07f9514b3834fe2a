import { readEnvironment } from '../config/env.ts';
import { loadConnection, type LoadConnectionOptions } from '../kube/kubeconfig.ts';
import type { Invocation } from './command.ts';
import { Complaint } from './complaint.ts';
import { openSession, type Session } from './session.ts';

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
