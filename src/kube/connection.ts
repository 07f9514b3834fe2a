/** Whom a client that may do so acts as. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
}

/** How to reach and convince an API server. Made by kubeconfig.ts, or by hand in tests. */
export interface Connection {
  /** Base URL, for example `https://10.96.0.1:443`; a path prefix is allowed. */
  readonly server: string;
  /** PEM of the certificate authorities to trust; without it the system's. May change (a getter) on rotation. */
  readonly ca?: string | undefined;
  /** PEM pair for TLS client authentication. May change (a getter) on rotation. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Name that the server's certificate is checked against, where it is not the host of `server`. */
  readonly serverName?: string | undefined;
  /** Only true where the user's kubeconfig says so (`insecure-skip-tls-verify`). */
  readonly skipTlsVerify?: boolean | undefined;
  readonly impersonate?: Impersonation | undefined;
  /** Value of the Authorization header; asked before each request, so it must be cheap (cached). */
  authorization?(): Promise<string | undefined>;
  /** Forgets cached credentials: the server answered 401, so what we hold has been rotated or revoked. */
  refresh?(): Promise<void>;
}
