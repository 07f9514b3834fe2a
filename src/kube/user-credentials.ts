import { readFile } from 'node:fs/promises';
import type { Connection } from './connection.ts';
import { execCredential, type ExecCredential } from './exec-credential.ts';
import type { Cluster, User } from './kubeconfig-file.ts';

/** What convinces an API server, and what convinces us of it. */
export interface Credentials {
  readonly ca: string | undefined;
  readonly clientCertificate: Connection['clientCertificate'];
  readonly authorization: string | undefined;
  /** When they have to be asked for again, in milliseconds since the epoch; absent: they don't say. */
  readonly expiresAt?: number | undefined;
}

/** Reads the files that a kubeconfig names, and runs its exec plugin where there is one. @throws Error that names it */
export async function readCredentials(cluster: Cluster, user: User): Promise<Credentials> {
  const ca = await content(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const given: ExecCredential = user.exec == null ? {} : await execCredential(user.exec, cluster, ca);
  const cert =
    given.clientCertificateData ??
    (await content(user['client-certificate-data'], user['client-certificate']));
  const key = given.clientKeyData ?? (await content(user['client-key-data'], user['client-key']));
  return {
    ca,
    clientCertificate: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    authorization: await authorizationOf(user, given.token),
    expiresAt: given.expirationTimestamp == null ? undefined : Date.parse(given.expirationTimestamp),
  };
}

async function authorizationOf(user: User, given: string | undefined): Promise<string | undefined> {
  const token = given ?? (await content(undefined, user.tokenFile))?.trim() ?? user.token;
  if (token !== undefined && token !== '') return `Bearer ${token}`;
  const { username, password } = user;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}

/** Data wins over a file. */
async function content(data: string | undefined, path: string | undefined): Promise<string | undefined> {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString();
  return path === undefined || path === '' ? undefined : readFile(path, 'utf8');
}
