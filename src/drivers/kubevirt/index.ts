import type { Logger } from 'pino';
import type { ObservedNode } from '../../domain/observed.ts';
import type { Transport } from '../../kube/transport.ts';
import type { Driver } from '../driver.ts';
import { KnownHandlers } from './known-handlers.ts';
import { KnownObjects } from './known-objects.ts';
import { KubeVirtDriver } from './kubevirt-driver.ts';

export interface KubeVirtEnvironment {
  readonly transport: Transport;
  readonly logger: Logger;
  /** A node of the cluster: for its host name, and for what virt-handler writes there. */
  readonly node: (name: string) => ObservedNode | undefined;
  /** Namespace that KubeVirt is installed in. */
  readonly kubeVirtNamespace: string;
}

/** The driver for VMs that KubeVirt runs in the cluster that the transport speaks to. */
export function kubeVirtDriver({ transport, logger, node, kubeVirtNamespace }: KubeVirtEnvironment): Driver {
  const ownLogger = logger.child({ driver: 'kubevirt' });
  const known = new KnownObjects(transport, ownLogger);
  const handlers = new KnownHandlers(transport, ownLogger, kubeVirtNamespace);
  return new KubeVirtDriver({ transport, known, handlers, node });
}
