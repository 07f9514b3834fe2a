import { randomBytes } from 'node:crypto';

/** Users that the API server knows by bearer token: read from a file when it starts. */
export class Users {
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #tokens = new Map<string, string>();

  constructor(groups: Readonly<Record<string, readonly string[]>>) {
    this.#groups = new Map(Object.entries(groups));
    for (const name of this.#groups.keys()) this.#tokens.set(name, randomBytes(16).toString('hex'));
  }

  token(user: string): string {
    const token = this.#tokens.get(user);
    if (token === undefined)
      throw new Error(`No user "${user}": name it in the options of startControlPlane`);
    return token;
  }

  /** The file for `--token-auth-file`. */
  tokenFile(): string {
    const lines = [...this.#groups].map(([name, groups]) => [this.token(name), name, name, groups.join(',')]);
    return lines.map((fields) => `${fields.map((field) => JSON.stringify(field)).join(',')}\n`).join('');
  }

  /** Content of a kubeconfig file that lets a user reach a server. */
  kubeconfig(user: string, server: { url: string; ca: string }): string {
    const ca = Buffer.from(server.ca).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': ca } }],
      users: [{ name: user, user: { token: this.token(user) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    });
  }
}

/** Groups of a ServiceAccount, for a user named `system:serviceaccount:NAMESPACE:NAME`. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}
