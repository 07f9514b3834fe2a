import { DESTINATION_LABEL, SOURCE_LABEL } from '../../src/api/names.ts';
import { NODES } from '../../src/controllers/node.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startKubeVirtSimulator, type KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../kubevirt-simulator/users.ts';
import type { StageDriver } from './stage.ts';

/** A node of the stage. */
interface StageNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const CAPABLE = { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' };

/** Four nodes, of which the last can't send or receive rescued instances. */
const STAGE_NODES: readonly StageNode[] = ['node-a', 'node-b', 'node-c', 'node-d'].map((name) => ({
  name,
  labels: name === 'node-d' ? {} : CAPABLE,
}));

/** A migration leaves a person, or a kubectl on a busy machine, the time to do something meanwhile. */
const DELAYS = { migrationMs: 3_000 };

/** Users that the backend of a driver writes as. */
export function backendUsers(driver: StageDriver): Readonly<Record<string, readonly string[]>> {
  return driver === 'kubevirt' ? simulatorUsers : {};
}

/** Starts what the driver drives; `undefined` for the memory driver, which needs no more than nodes. */
export async function startBackend(
  driver: StageDriver,
  controlPlane: ControlPlane,
  admin: Transport,
): Promise<KubeVirtSimulator | undefined> {
  if (driver === 'kubevirt')
    return startKubeVirtSimulator({ controlPlane, nodes: STAGE_NODES, delays: DELAYS });
  await makeNodes(admin);
  return undefined;
}

/** Node objects without a kubelet; nothing runs on them. */
async function makeNodes(admin: Transport): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  for (const { name, labels } of STAGE_NODES) {
    await client.create({ metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } } });
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Simulated', message: 'A node without a kubelet' },
    ];
    await client.mergePatch({ namespace: '', name }, { status: { conditions } }, { subresource: 'status' });
  }
}
