import type { Logger } from 'pino';
import type { DriverName } from '../api/instance.ts';
import type { ObservedNode } from '../domain/observed.ts';
import type { Transport } from '../kube/transport.ts';
import type { Driver } from './driver.ts';
import { kubeVirtDriver } from './kubevirt/index.ts';
import { memoryDriver } from './memory/index.ts';
import { unconfiguredDriver } from './unconfigured.ts';

/** What a driver may need to be made. */
export interface DriverEnvironment {
  readonly transport: Transport;
  readonly logger: Logger;
  /** All nodes as they are now. */
  nodes(): readonly ObservedNode[];
  /** One of them. */
  node(name: string): ObservedNode | undefined;
  /** Namespace that KubeVirt is installed in. */
  readonly kubeVirtNamespace: string;
}

const FACTORIES: Partial<Record<DriverName, (environment: DriverEnvironment) => Driver>> = {
  kubevirt: kubeVirtDriver,
  memory: memoryDriver,
};

/** The drivers of this operator: the one it was started with, and for every other name one that says it is not. */
export function driversFor(
  configured: DriverName,
  environment: DriverEnvironment,
): (name?: DriverName) => Driver {
  const make = FACTORIES[configured];
  const driver = make === undefined ? unconfiguredDriver(configured) : make(environment);
  return (name = configured) => (name === configured ? driver : unconfiguredDriver(name));
}
