import type { Logger } from 'pino';
import type { ObservedNode } from '../../domain/observed.ts';
import type { Transport } from '../../kube/transport.ts';
import type { Driver } from '../driver.ts';
import { KnownObjects } from './known-objects.ts';
import { KubeVirtDriver } from './kubevirt-driver.ts';

export interface KubeVirtEnvironment {
  readonly transport: Transport;
  readonly logger: Logger;
  /** The cluster's nodes, for their host names. */
  readonly nodes: () => readonly ObservedNode[];
}

/** The driver for VMs that KubeVirt runs in the cluster that the transport speaks to. */
export function kubeVirtDriver({ transport, logger, nodes }: KubeVirtEnvironment): Driver {
  const known = new KnownObjects(transport, logger.child({ driver: 'kubevirt' }));
  return new KubeVirtDriver({ transport, known, nodes });
}
