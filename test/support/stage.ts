import type { Transport } from '../../src/kube/transport.ts';
import type { MemoryPlacement } from '../../src/drivers/memory/index.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { BACKENDS, backendUsers, capabilitiesKnown, placementOf, startBackend } from './backend.ts';
import type { LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';
import { install } from './install.ts';
import { OPERATOR_NAMESPACE, startInstalledControlPlane } from './installed-control-plane.ts';
import { kubectl, type Printed } from './kubectl.ts';
import { startOperator, type OperatorSettings, type RunningOperator } from './operator.ts';
import { tenantManifests } from './tenant.ts';
import { waitFor } from './wait.ts';

export type StageDriver = 'kubevirt' | 'libvirt' | 'memory';

/** A whole cluster that an operator can work in, and a user who works in a namespace. */
export interface Scenery {
  readonly driver: StageDriver;
  readonly controlPlane: ControlPlane;
  readonly admin: Transport;
  /** Where failures are ordered; absent for the memory driver. */
  readonly simulator: KubeVirtSimulator | undefined;
  /** Real hosts; absent but for the libvirt driver. */
  readonly hosts: LibvirtHosts | undefined;
  /** Who types; has rights in `namespace` only. */
  readonly user: string;
  readonly namespace: string;
  /** Runs kubectl as that user. */
  kubectl(args: readonly string[], input?: unknown): Promise<Printed>;
  /** Settings that an operator needs here. */
  readonly settings: OperatorSettings;
  /** Resolves when an operator has said what the nodes can do. */
  capabilitiesKnown(): Promise<void>;
  close(): Promise<void>;
}

/** The same with medevac in it. */
export interface Stage extends Scenery {
  readonly operator: RunningOperator;
  /** Restarts the operator; resolves when the new process leads. */
  restartOperator(): Promise<void>;
}

export interface StageOptions {
  /** Told what is being done. */
  readonly progress?: (what: string) => void;
  /** Further settings of the operator. */
  readonly settings?: OperatorSettings;
  /** Who finds the nodes of VMs of driver memory. Default: ByBackend. */
  readonly placement?: MemoryPlacement;
}

/** Where to stop and clean up, in the opposite order. */
type Cleanup = () => Promise<unknown>;

/** Raises a stage; what was started is ended again when a part of it fails. */
export async function raiseStage(driver: StageDriver, options: StageOptions = {}): Promise<Stage> {
  const scenery = await raiseScenery(driver, options);
  try {
    options.progress?.('starting the operator');
    return await staged(scenery);
  } catch (error) {
    await scenery.close();
    throw error;
  }
}

async function staged(scenery: Scenery): Promise<Stage> {
  const { admin } = scenery;
  const operator = await startOperator(scenery);
  const close = async () => {
    await operator.stop();
    await scenery.close();
  };
  try {
    await leads(admin, '');
    await scenery.capabilitiesKnown();
  } catch (error) {
    await operator.stop();
    throw error;
  }
  const restartOperator = async () => {
    const before = await leaseHolder(admin);
    await operator.restart();
    await leads(admin, before);
  };
  return { ...scenery, operator, restartOperator, close };
}

/** Raises what a stage has beside the operator; what was started is ended again when a part of it fails. */
export async function raiseScenery(driver: StageDriver, options: StageOptions = {}): Promise<Scenery> {
  const cleanups: Cleanup[] = [];
  const close = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return { ...(await raise(driver, cleanups, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function raise(
  driver: StageDriver,
  cleanups: Cleanup[],
  { progress = () => undefined, placement = placementOf(driver), ...options }: StageOptions,
): Promise<Omit<Scenery, 'close'>> {
  const [user, namespace] = ['alice', 'team-a'];
  progress('starting etcd and kube-apiserver');
  const installed = await startInstalledControlPlane({
    placement,
    namespaces: options.settings?.['namespaces']?.split(','),
    users: { [user]: ['developers'], ...backendUsers(driver) },
    auditsStatuses: true,
  });
  cleanups.push(() => installed.stop());
  const { controlPlane } = installed;
  const admin = installed.transport();
  await install(admin, tenantManifests(namespace, user));
  progress(BACKENDS[driver]);
  const { simulator, hosts, nodes, ...backend } = await startBackend(driver, {
    controlPlane,
    admin,
    namespace,
  });
  cleanups.push(() => backend.stop());
  return {
    driver,
    controlPlane,
    admin,
    simulator,
    hosts,
    user,
    namespace,
    settings: { 'memory-placement': placement, ...backend.settings, ...options.settings },
    kubectl: (args, input) => kubectl(controlPlane, args, { user, input }),
    capabilitiesKnown: () => capabilitiesKnown(admin, nodes),
  };
}

/** Resolves when another process than `before` holds the Lease. */
async function leads(admin: Transport, before: string): Promise<void> {
  const probe = async () => {
    const holder = await leaseHolder(admin);
    return holder !== '' && holder !== before;
  };
  // The lease of a process that was killed runs out after 15 s.
  await waitFor('the operator leads', probe, { timeoutMs: 25_000 });
}

/** Resolves when the process that leads has said so once more. */
export async function leaseRenewed(admin: Transport): Promise<void> {
  const { renewTime } = await readLease(admin);
  const probe = async () => (await readLease(admin)).renewTime !== renewTime;
  await waitFor('the Lease is renewed', probe, { timeoutMs: 25_000 });
}

/** Identity of the process that leads; empty: none. */
export async function leaseHolder(admin: Transport): Promise<string> {
  return (await readLease(admin)).holderIdentity ?? '';
}

/** When the process that leads has begun to, by its own clock; milliseconds since the epoch. */
export async function leadsSince(admin: Transport): Promise<number> {
  return Date.parse((await readLease(admin)).acquireTime ?? '');
}

interface Lease {
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
  readonly renewTime?: string;
}

async function readLease(admin: Transport): Promise<Lease> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/medevac`;
  const lease = await admin.request<{ spec?: Lease }>({ method: 'GET', path });
  return lease.spec ?? {};
}
