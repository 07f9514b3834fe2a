import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { DriverName } from '../api/instance.ts';
import type { ObservedNode } from '../domain/observed.ts';
import type { Transport } from '../kube/transport.ts';
import type { Namespaces } from '../kube/resource.ts';
import type { Driver } from './driver.ts';
import type { LibvirtSettings } from './libvirt/index.ts';
import type { MemoryPlacement } from './memory/index.ts';
import { unconfiguredDriver } from './unconfigured.ts';

/** What a driver may need to be made. */
export interface DriverEnvironment {
  readonly transport: Transport;
  readonly logger: Logger;
  /** All nodes as they are now. */
  nodes(): readonly ObservedNode[];
  /** One of them. */
  node(name: string): ObservedNode | undefined;
  /** Whether there is an Instance of that uid. */
  hasInstance(uid: string): boolean;
  /** Those that the operator works in; `undefined`: all. */
  readonly namespaces?: Namespaces;
  /** Whether it works in this one. */
  serves(namespace: string): boolean;
  /** Namespace that KubeVirt is installed in. */
  readonly kubeVirtNamespace: string;
  /** Of the driver libvirt; there where that is the configured one. */
  readonly libvirt: LibvirtSettings | undefined;
  readonly memoryPlacement: MemoryPlacement;
  /** Whether this process leads. */
  mayAct(): boolean;
  /** The variables that child processes may inherit from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Each loads its driver: an operator holds no other. */
const FACTORIES: Record<DriverName, (environment: DriverEnvironment) => Promise<Driver>> = {
  kubevirt: async (environment) => (await import('./kubevirt/index.ts')).kubeVirtDriver(environment),
  libvirt: async ({ libvirt: settings, variables, ...environment }) => {
    if (settings === undefined) return unconfiguredDriver('libvirt');
    const { libvirtDriver, virshAt } = await import('./libvirt/index.ts');
    return libvirtDriver({
      logger: environment.logger,
      settings,
      nodes: () => environment.nodes().map(({ name }) => name),
      isFenced: (name) => environment.node(name)?.fenced !== false,
      hasInstance: (uid) => environment.hasInstance(uid),
      serves: (namespace) => environment.serves(namespace),
      mayAct: () => environment.mayAct(),
      connect: (uri) => virshAt(uri, variables),
    });
  },
  memory: async (environment) => (await import('./memory/index.ts')).memoryDriver(environment),
};

/** The drivers of this operator: the one it was started with, and for every other name one that says it is not. */
export async function driversFor(
  configured: DriverName,
  environment: DriverEnvironment,
): Promise<(name?: DriverName) => Driver> {
  const driver = await FACTORIES[configured](environment);
  return (name = configured) => (name === configured ? driver : unconfiguredDriver(name));
}

/**
 * Reads the file with the settings of the driver libvirt.
 * @throws an Error of one line that says where what is wrong
 */
export async function readLibvirtSettings(path: string): Promise<LibvirtSettings> {
  const text = await readFile(path, 'utf8');
  const { parseLibvirtSettings } = await import('./libvirt/index.ts');
  try {
    return parseLibvirtSettings(text);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
