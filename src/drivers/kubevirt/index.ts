import type { Logger } from 'pino';
import type { ObservedNode } from '../../domain/observed.ts';
import type { Transport } from '../../kube/transport.ts';
import type { Namespaces } from '../../kube/resource.ts';
import type { Driver } from '../driver.ts';
import { KnownHandlers } from './known-handlers.ts';
import { KnownObjects } from './known-objects.ts';
import { KubeVirtDriver } from './kubevirt-driver.ts';

export interface KubeVirtEnvironment {
  readonly transport: Transport;
  readonly logger: Logger;
  /** A node of the cluster: for its host name, and for what virt-handler writes there. */
  readonly node: (name: string) => ObservedNode | undefined;
  /** Where VMs are looked for. Default: everywhere. */
  readonly namespaces?: Namespaces;
  /** Namespace that KubeVirt is installed in. */
  readonly kubeVirtNamespace: string;
  /** Whether this process may still give orders. */
  mayAct(): boolean;
}

/** The driver for VMs that KubeVirt runs in the cluster that the transport speaks to. */
export function kubeVirtDriver({ kubeVirtNamespace, ...environment }: KubeVirtEnvironment): Driver {
  const { transport, logger, node, namespaces } = environment;
  const ownLogger = logger.child({ driver: 'kubevirt' });
  const known = new KnownObjects({ transport, logger: ownLogger, namespaces });
  const handlers = new KnownHandlers(transport, ownLogger, kubeVirtNamespace);
  const mayAct = () => environment.mayAct();
  return new KubeVirtDriver({ transport, known, handlers, node, mayAct });
}
