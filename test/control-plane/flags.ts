import { join } from 'node:path';
import { FILES, FRONT_PROXY_CLIENT } from './files.ts';

/** Paths and ports of one control plane; every file lies in its folder. */
export interface Layout {
  readonly folder: string;
  readonly etcdPort: number;
  readonly apiServerPort: number;
  /** Addresses of Services, such as `10.0.0.0/24`. */
  readonly serviceRange: string;
}

function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

export function etcdUrl({ etcdPort }: Layout): string {
  return `http://127.0.0.1:${etcdPort}`;
}

export function etcdFlags(layout: Layout): string[] {
  return flags({
    'data-dir': join(layout.folder, 'etcd'),
    'listen-client-urls': etcdUrl(layout),
    'advertise-client-urls': etcdUrl(layout),
    // One member has no peers, but must listen for them.
    'listen-peer-urls': 'http://127.0.0.1:0',
    'unsafe-no-fsync': true,
    // As kubeadm sets it: without progress notifications a quiet watch gets no bookmark.
    'watch-progress-notify-interval': '5s',
    'log-level': 'warn',
  });
}

export function apiServerFlags(layout: Layout): string[] {
  const file = (name: keyof typeof FILES): string => join(layout.folder, FILES[name]);
  return flags({
    'bind-address': '127.0.0.1',
    'secure-port': layout.apiServerPort,
    'advertise-address': '127.0.0.1',
    'tls-cert-file': file('servingCert'),
    'tls-private-key-file': file('servingKey'),
    'etcd-servers': etcdUrl(layout),
    // Compaction happens when a test asks for it, so that none happens when a test counts on old revisions.
    'etcd-compaction-interval': '0s',
    'token-auth-file': file('tokens'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': file('serviceAccountKey'),
    'service-account-signing-key-file': file('serviceAccountKey'),
    'service-cluster-ip-range': layout.serviceRange,
    // Nothing routes to the `kubernetes` Service here, and a loopback address would be refused in its endpoints.
    'endpoint-reconciler-type': 'none',
    'requestheader-client-ca-file': file('frontProxyCa'),
    'requestheader-allowed-names': FRONT_PROXY_CLIENT,
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': file('frontProxyClientCert'),
    'proxy-client-key-file': file('frontProxyClientKey'),
    // These three wait for controllers that do not run here: a token for each pod, a node's first taints and the
    // finalizers of volume claims would never go away.
    'disable-admission-plugins': 'ServiceAccount,TaintNodesByCondition,StorageObjectInUseProtection',
    'enable-admission-plugins': 'NodeRestriction',
    'audit-policy-file': file('auditPolicy'),
    'audit-log-path': file('auditLog'),
    'audit-log-maxsize': 0,
    // An event is written before the last byte of the response is sent: who has the answer finds it in the log.
    'audit-log-mode': 'blocking',
    // Otherwise an ordinary end waits for a minute while anybody watches anything.
    'shutdown-send-retry-after': true,
    'shutdown-watch-termination-grace-period': '1s',
  });
}

/** Flags of kube-controller-manager and kube-scheduler that run for tests: no port, no election. */
export function clientProgramFlags(kubeconfig: string): string[] {
  return flags({ kubeconfig, 'leader-elect': false, 'secure-port': 0 });
}

/** Flags of kube-controller-manager that say which of its controllers run. */
export function controllerFlags(controllers: readonly string[]): string[] {
  return flags({ controllers: controllers.join(','), 'namespace-sync-period': '10s' });
}

export const GARBAGE_COLLECTOR = ['garbage-collector-controller', 'namespace-controller'];
/** What makes the Pods of a Deployment, and says how many of them may be evicted. */
export const WORKLOADS = ['deployment-controller', 'replicaset-controller', 'disruption-controller'];
