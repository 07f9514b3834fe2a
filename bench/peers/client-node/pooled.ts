import type { KubeConfig } from '@kubernetes/client-node';

/**
 * Keeps the connections open: client-node 2.0 makes a dispatcher for each request, and with it a TLS handshake. It has no
 * setting for that, so the one method that makes dispatchers is made to remember the first.
 */
export function poolConnections(config: KubeConfig): void {
  const target = config as unknown as { createDispatcher: (...args: unknown[]) => unknown };
  const create = target.createDispatcher.bind(config);
  let dispatcher: unknown;
  target.createDispatcher = (...args) => (dispatcher ??= create(...args));
}
