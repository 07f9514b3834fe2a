import { Transport } from '../../src/kube/transport.ts';
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../control-plane/control-plane.ts';
import type { MemoryPlacement } from '../../src/drivers/memory/index.ts';
import { serviceAccountGroups } from '../control-plane/users.ts';
import { deploymentManifests, install, operatorUser } from './install.ts';

/** Namespace that the operator is installed in. */
export const OPERATOR_NAMESPACE = 'medevac-system';
/** User with the rights of the operator's ServiceAccount, and no other. */
export const OPERATOR_USER = operatorUser(OPERATOR_NAMESPACE);

/** A control plane with all that the chart installs but for the Deployment. */
export interface InstalledControlPlane {
  readonly controlPlane: ControlPlane;
  /** A client with the rights of a user; default `admin`. One a user, closed by `stop`. */
  transport(user?: string): Transport;
  stop(): Promise<void>;
}

export interface InstalledControlPlaneOptions extends ControlPlaneOptions {
  /** Who finds the nodes of VMs. Default: ByBackend; else kube-scheduler is started. */
  readonly placement?: MemoryPlacement;
  /** Those that the operator is limited to. Default: all. */
  readonly namespaces?: readonly string[] | undefined;
}

/** Starts a control plane and installs the operator's manifests; the user OPERATOR_USER is there as well. */
export async function startInstalledControlPlane({
  placement = 'ByBackend',
  namespaces,
  ...options
}: InstalledControlPlaneOptions = {}): Promise<InstalledControlPlane> {
  const users = { ...options.users, [OPERATOR_USER]: serviceAccountGroups(OPERATOR_NAMESPACE) };
  const controlPlane = await startControlPlane({ scheduler: placement === 'ByScheduler', ...options, users });
  const transports = new Map<string, Transport>();
  const transport = (user = 'admin') => {
    const existing = transports.get(user) ?? new Transport(controlPlane.connection(user));
    transports.set(user, existing);
    return existing;
  };
  const stop = async () => {
    await Promise.all([...transports.values()].map((open) => open.close()));
    await controlPlane.stop();
  };
  try {
    await install(transport(), deploymentManifests({ namespace: OPERATOR_NAMESPACE, placement, namespaces }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { controlPlane, transport, stop };
}
