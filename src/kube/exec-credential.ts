import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { readEnvironment } from '../config/env.ts';
import type { Cluster, Exec } from './kubeconfig-file.ts';

const ExecCredential = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().nullish(),
  }),
});
export type ExecCredential = z.infer<typeof ExecCredential>['status'];

/** Asks the credential plugin of a kubeconfig, as kubectl does. @throws Error that names the plugin */
export async function execCredential(
  exec: Exec,
  cluster: Cluster,
  ca: string | undefined,
): Promise<ExecCredential> {
  const interactive = exec.interactiveMode !== 'Never' && process.stdin.isTTY;
  const printed = await run(exec, interactive, JSON.stringify(requestOf(exec, interactive, { cluster, ca })));
  const credential = ExecCredential.safeParse(parseJson(printed));
  if (!credential.success) {
    throw new Error(`the credential plugin ${exec.command} of the kubeconfig printed no ExecCredential`);
  }
  return credential.data.status;
}

function requestOf(
  { apiVersion, provideClusterInfo }: Exec,
  interactive: boolean,
  { cluster, ca }: { cluster: Cluster; ca: string | undefined },
): object {
  const info = {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  const spec = { interactive, ...(provideClusterInfo === true && { cluster: info }) };
  return { apiVersion, kind: 'ExecCredential', spec };
}

async function run(exec: Exec, interactive: boolean, request: string): Promise<string> {
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const child = spawn(exec.command, exec.args ?? [], {
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...readEnvironment(), ...own, KUBERNETES_EXEC_INFO: request },
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  try {
    const [printed, code] = await Promise.all([text(child.stdout), ended.promise]);
    if (code === 0) return printed;
    throw new Error(`it ended with ${code ?? 'a signal'}`);
  } catch (error) {
    const hint = exec.installHint === undefined ? '' : `; ${exec.installHint}`;
    const { message } = error as Error;
    throw new Error(`the credential plugin ${exec.command} of the kubeconfig failed: ${message}${hint}`, {
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
