import { join } from 'node:path';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../../test/control-plane/control-plane.ts';
import { FILES } from '../../test/control-plane/files.ts';
import { serviceAccountGroups } from '../../test/control-plane/users.ts';
import { defaultDelays } from '../../test/kubevirt-simulator/faults.ts';
import { startKubeVirtSimulator } from '../../test/kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../../test/kubevirt-simulator/users.ts';
import { install } from '../../test/support/install.ts';
import { startInstalledControlPlane } from '../../test/support/installed-control-plane.ts';
import { AuditTail } from '../measure/audit-tail.ts';
import { startBriefKubeVirt } from './brief-kubevirt.ts';
import { peerManifests, PEERS_NAMESPACE, peerUser } from './peer-rights.ts';

/** Who plays KubeVirt: see docs/adr/0049-a-brief-kubevirt-for-the-benchmark.md. */
export type Backend = 'Brief' | 'Simulator';

/** A control plane of its own for one run: etcd is empty, KubeVirt is played without delays. */
export interface Ground {
  readonly controlPlane: ControlPlane;
  readonly admin: Transport;
  /** Where the Instances are. */
  readonly namespace: string;
  readonly audit: AuditTail;
  close(): Promise<void>;
}

const NODES = ['node-a', 'node-b', 'node-c', 'node-d'];
const NAMESPACE = 'bench';

const noDelays = Object.fromEntries(Object.keys(defaultDelays).map((name) => [name, 0]));

const BACKENDS: Readonly<Record<Backend, (controlPlane: ControlPlane) => Promise<() => Promise<void>>>> = {
  Brief: (controlPlane) => startBriefKubeVirt(controlPlane, NODES),
  Simulator: async (controlPlane) => {
    const nodes = NODES.map((name) => ({ name }));
    const simulator = await startKubeVirtSimulator({
      controlPlane,
      nodes,
      delays: noDelays,
      // All on one node, until that is drained.
      chooseNode: (_pod, fitting) => fitting.toSorted()[0],
    });
    return () => simulator.stop();
  },
};

/** @param peers names of the peers whose users the API server must know */
export async function raiseGround(peers: readonly string[], backend: Backend): Promise<Ground> {
  const groups = serviceAccountGroups(PEERS_NAMESPACE);
  const peerUsers = Object.fromEntries(peers.map((name) => [peerUser(name), groups]));
  const installed = await startInstalledControlPlane({ users: { ...simulatorUsers, ...peerUsers } });
  const { controlPlane } = installed;
  try {
    const admin = installed.transport();
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
    await install(admin, [namespace, ...peerManifests(peers)]);
    const stopBackend = await BACKENDS[backend](controlPlane);
    return {
      controlPlane,
      admin,
      namespace: NAMESPACE,
      audit: new AuditTail(join(controlPlane.folder, FILES.auditLog)),
      close: async () => {
        await stopBackend();
        await installed.stop();
      },
    };
  } catch (error) {
    await installed.stop();
    throw error;
  }
}
