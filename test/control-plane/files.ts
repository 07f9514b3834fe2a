import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GROUP } from '../../src/api/names.ts';
import { createCertificateAuthority, createSigningKey } from './certificates.ts';

/** What the API server reads at its start, and the log that it writes. */
export const FILES = {
  tokens: 'tokens.csv',
  auditPolicy: 'audit-policy.json',
  auditLog: 'audit.jsonl',
  servingCert: 'apiserver.crt',
  servingKey: 'apiserver.key',
  frontProxyCa: 'front-proxy-ca.crt',
  frontProxyClientCert: 'front-proxy-client.crt',
  frontProxyClientKey: 'front-proxy-client.key',
  serviceAccountKey: 'service-account.key',
} as const;

export const FRONT_PROXY_CLIENT = 'front-proxy-client';

/** Who did what to which object with which result, once for each request; probes are left out, and bodies. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  omitManagedFields: true,
  rules: [
    { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*', '/version', '/openapi*'] },
    { level: 'None', nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*'] },
    { level: 'None', users: ['system:apiserver'] },
    { level: 'Metadata' },
  ],
};

/** The same with what is written of an Instance's status, which no watch tells as soon. */
const AUDIT_POLICY_WITH_STATUSES = {
  ...AUDIT_POLICY,
  rules: [
    { level: 'Request', resources: [{ group: GROUP, resources: ['instances/status'] }] },
    ...AUDIT_POLICY.rules,
  ],
};

export interface Contents {
  /** Of `--token-auth-file`. */
  readonly tokens: string;
  readonly auditsStatuses: boolean;
}

async function createContents({
  tokens,
  auditsStatuses,
}: Contents): Promise<{ ca: string; files: Record<keyof typeof FILES, string> }> {
  const authority = await createCertificateAuthority('medevac test control plane');
  const frontProxy = await createCertificateAuthority('medevac test front proxy');
  const serving = await authority.issue({
    commonName: 'kube-apiserver',
    hosts: ['127.0.0.1', 'localhost', 'kubernetes.default.svc'],
    usage: 'serverAuth',
  });
  const proxyClient = await frontProxy.issue({ commonName: FRONT_PROXY_CLIENT, usage: 'clientAuth' });
  const files = {
    tokens,
    auditPolicy: JSON.stringify(auditsStatuses ? AUDIT_POLICY_WITH_STATUSES : AUDIT_POLICY),
    auditLog: '',
    servingCert: serving.cert,
    servingKey: serving.key,
    frontProxyCa: frontProxy.cert,
    frontProxyClientCert: proxyClient.cert,
    frontProxyClientKey: proxyClient.key,
    serviceAccountKey: createSigningKey(),
  };
  return { ca: authority.cert, files };
}

/** Writes all files; returns the authority that signed the API server's certificate, PEM. */
export async function writeFiles(folder: string, contents: Contents): Promise<string> {
  const { ca, files } = await createContents(contents);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, FILES[name as keyof typeof FILES]), content, { mode: 0o600 });
  }
  return ca;
}
