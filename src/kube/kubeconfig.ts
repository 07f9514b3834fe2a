import { access } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import type { Connection, Impersonation } from './connection.ts';
import type { Kubeconfig } from './kubeconfig-file.ts';
import { SERVICE_ACCOUNT_FOLDER, ServiceAccountConnection } from './service-account.ts';
import { readCredentials, type Credentials } from './user-credentials.ts';

export interface LoadConnectionOptions {
  /** Paths of kubeconfig files; without them the pod's service account, else what kubectl would take. */
  readonly kubeconfig?: string | undefined;
  /** Context of those files; default their current one. */
  readonly context?: string | undefined;
  /** Whom to act as; default whom the kubeconfig says. */
  readonly impersonate?: Impersonation | undefined;
  /** Address of the API server in the cluster. Default `https://kubernetes.default.svc`. */
  readonly inClusterServer?: string | undefined;
  /** Folder of the service account's `token` and `ca.crt`. Default where the kubelet mounts it. */
  readonly serviceAccountFolder?: string | undefined;
}

/** Files named in a kubeconfig are read again after this time. */
const REREAD_AFTER_MS = 10_000;

/** @throws Error that says which file or context is missing */
export async function loadConnection(
  options: LoadConnectionOptions = {},
): Promise<Connection & { readonly namespace?: string | undefined }> {
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (
    options.kubeconfig === undefined &&
    options.context === undefined &&
    (await exists(join(folder, 'token')))
  ) {
    return ServiceAccountConnection.read(options.inClusterServer ?? 'https://kubernetes.default.svc', folder);
  }
  const config = await loadKubeconfig(options);
  return new KubeconfigConnection(config, options, await credentialsOf(config, options));
}

/** A connection as a kubeconfig says, with exec plugins, client certificates, token files. */
class KubeconfigConnection implements Connection {
  readonly #options: LoadConnectionOptions;
  #config: Kubeconfig;
  #credentials: Credentials;
  #readAt = performance.now();

  constructor(config: Kubeconfig, options: LoadConnectionOptions, credentials: Credentials) {
    this.#config = config;
    this.#options = options;
    this.#credentials = credentials;
  }

  /** Namespace of the context. */
  get namespace(): string {
    return this.#config.namespace;
  }

  get server(): string {
    return this.#config.cluster.server;
  }

  get serverName(): string | undefined {
    return this.#config.cluster['tls-server-name'];
  }

  get skipTlsVerify(): boolean | undefined {
    return this.#config.cluster['insecure-skip-tls-verify'];
  }

  get ca(): string | undefined {
    return this.#credentials.ca;
  }

  get clientCertificate(): Credentials['clientCertificate'] {
    return this.#credentials.clientCertificate;
  }

  get impersonate(): Impersonation | undefined {
    const { as: user, 'as-uid': uid, 'as-groups': groups } = this.#config.user;
    return (
      this.#options.impersonate ?? (user === undefined ? undefined : { user, uid, groups: groups ?? [] })
    );
  }

  async authorization(): Promise<string | undefined> {
    if (this.#isStale()) {
      this.#readAt = performance.now();
      this.#credentials = await credentialsOf(this.#config, this.#options);
    }
    return this.#credentials.authorization;
  }

  /** An exec plugin may ask a person, so it is not asked again before it must be. */
  #isStale(): boolean {
    return this.#config.user.exec == null
      ? performance.now() - this.#readAt >= REREAD_AFTER_MS
      : Date.now() >= (this.#credentials.expiresAt ?? Infinity);
  }

  /** The files may name another user by now, too. */
  async refresh(): Promise<void> {
    this.#readAt = performance.now();
    this.#config = await loadKubeconfig(this.#options);
    this.#credentials = await credentialsOf(this.#config, this.#options);
  }
}

/** With the parser of YAML, when it is needed: an operator in a pod has no such file. */
const kubeconfigFiles = () => import('./kubeconfig-file.ts');

async function loadKubeconfig({ kubeconfig, context }: LoadConnectionOptions): Promise<Kubeconfig> {
  const { kubeconfigPaths, readKubeconfig } = await kubeconfigFiles();
  const config = await readKubeconfig(kubeconfigPaths(kubeconfig), context);
  if (config.cluster['proxy-url'] !== undefined) {
    throw new Error('proxy-url in a kubeconfig is not supported');
  }
  if (!URL.canParse(config.cluster.server)) {
    throw new Error(`the cluster of context "${config.context}" has no server in the kubeconfig`);
  }
  return config;
}

function credentialsOf(config: Kubeconfig, options: LoadConnectionOptions): Promise<Credentials> {
  return config.user['auth-provider'] == null
    ? readCredentials(config.cluster, config.user)
    : authProviderCredentials(config, options);
}

/** The older auth-providers, such as `oidc`, which renew their tokens. Lazily: client-node costs about 0.9 s and 95 MB. */
async function authProviderCredentials(
  { context, cluster, user }: Kubeconfig,
  { kubeconfig }: LoadConnectionOptions,
): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch(() => {
    throw new Error(
      `context "${context}" has an auth-provider, which needs the package @kubernetes/client-node: install it, or use an exec plugin`,
    );
  });
  const { kubeconfigPaths } = await kubeconfigFiles();
  const config = new KubeConfig();
  for (const path of kubeconfigPaths(kubeconfig)) {
    const next = new KubeConfig();
    next.loadFromFile(path);
    config.mergeConfig(next, true);
  }
  config.setCurrentContext(context);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = new Headers(options.headers as Record<string, string> | undefined);
  const others = await readCredentials(cluster, { ...user, exec: undefined });
  return { ...others, authorization: headers.get('authorization') ?? undefined };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
