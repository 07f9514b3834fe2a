import { access } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';
import { SERVICE_ACCOUNT_FOLDER, ServiceAccountConnection } from './service-account.ts';

export interface LoadConnectionOptions {
  /** Path of a kubeconfig file; without it the pod's service account, else what kubectl would take. */
  readonly kubeconfig?: string | undefined;
  /** Context of that file; default its current one. */
  readonly context?: string | undefined;
  /** Address of the API server in the cluster. Default `https://kubernetes.default.svc`. */
  readonly inClusterServer?: string | undefined;
  /** Folder of the service account's `token` and `ca.crt`. Default where the kubelet mounts it. */
  readonly serviceAccountFolder?: string | undefined;
}

/** Files named in a kubeconfig, and the cache of its exec plugin, are asked again after this time. */
const REREAD_AFTER_MS = 10_000;

interface Credentials {
  readonly ca: string | undefined;
  readonly clientCertificate: Connection['clientCertificate'];
  readonly authorization: string | undefined;
}

/** @throws Error that says which file or context is missing */
export async function loadConnection(options: LoadConnectionOptions = {}): Promise<Connection> {
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (
    options.kubeconfig === undefined &&
    options.context === undefined &&
    (await exists(join(folder, 'token')))
  ) {
    return ServiceAccountConnection.read(options.inClusterServer ?? 'https://kubernetes.default.svc', folder);
  }
  const config = await loadKubeconfig(options);
  return new KubeconfigConnection(config, () => loadKubeconfig(options), await readCredentials(config));
}

/** A connection as a kubeconfig says, with exec plugins, client certificates, token files. */
class KubeconfigConnection implements Connection {
  readonly #reload: () => Promise<KubeConfig>;
  #config: KubeConfig;
  #credentials: Credentials;
  #readAt = performance.now();

  constructor(config: KubeConfig, reload: () => Promise<KubeConfig>, credentials: Credentials) {
    this.#config = config;
    this.#reload = reload;
    this.#credentials = credentials;
  }

  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? '';
  }

  get serverName(): string | undefined {
    return this.#config.getCurrentCluster()?.tlsServerName;
  }

  get skipTlsVerify(): boolean | undefined {
    return this.#config.getCurrentCluster()?.skipTLSVerify;
  }

  get ca(): string | undefined {
    return this.#credentials.ca;
  }

  get clientCertificate(): Credentials['clientCertificate'] {
    return this.#credentials.clientCertificate;
  }

  async authorization(): Promise<string | undefined> {
    if (performance.now() - this.#readAt >= REREAD_AFTER_MS) {
      this.#readAt = performance.now();
      this.#credentials = await readCredentials(this.#config);
    }
    return this.#credentials.authorization;
  }

  /** A new KubeConfig, because an exec plugin's token without an expiry is cached for as long as the old one lives. */
  async refresh(): Promise<void> {
    this.#readAt = performance.now();
    this.#config = await this.#reload();
    this.#credentials = await readCredentials(this.#config);
  }
}

/** Lazily: client-node costs about 0.9 s and 95 MB, which a pod in the cluster never needs. */
async function loadKubeconfig(options: LoadConnectionOptions): Promise<KubeConfig> {
  const clientNode = await import('@kubernetes/client-node');
  const config = new clientNode.KubeConfig();
  if (options.kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    config.loadFromFile(options.kubeconfig);
  }
  if (options.context !== undefined) {
    config.setCurrentContext(options.context);
  }
  refuseUnusable(config);
  return config;
}

/** client-node falls back to http://localhost:8080 and skips what it does not know; both would surprise later. */
function refuseUnusable(config: KubeConfig): void {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`kubeconfig has no context "${config.getCurrentContext()}" with a cluster`);
  }
  if (cluster.server === 'http://localhost:8080') {
    throw new Error('found no kubeconfig: give a path, or set KUBECONFIG');
  }
  if (cluster.proxyUrl !== undefined) {
    throw new Error('proxy-url in a kubeconfig is not supported');
  }
  if (config.getCurrentUser()?.impersonateUser !== undefined) {
    throw new Error('impersonation in a kubeconfig is not supported');
  }
}

/** Runs the exec plugin where there is one, and reads the files that the kubeconfig names. */
async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, auth } = options;
  const header = new Headers(options.headers as Record<string, string> | undefined).get('authorization');
  const authorization = header ?? (auth ? `Basic ${Buffer.from(auth).toString('base64')}` : undefined);
  return {
    ca: pem(ca),
    clientCertificate: cert && key ? { cert: pem(cert) ?? '', key: pem(key) ?? '' } : undefined,
    authorization,
  };
}

function pem(value: RequestOptions['ca'] | RequestOptions['key']): string | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
