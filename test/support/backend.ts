import { CAPABILITY_LABEL, OVERRIDE_LABEL } from '../../src/domain/node/roles.ts';
import { NODES } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { NodeInput } from '../kubevirt-simulator/nodes/node-objects.ts';
import { startKubeVirtSimulator, type KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../kubevirt-simulator/users.ts';
import type { StageDriver } from './stage.ts';
import { waitFor } from './wait.ts';

/** A node of the stage. */
interface StageNode {
  readonly name: string;
  readonly capable: boolean;
}

/** Four nodes, of which the last can't send or receive rescued instances. */
const STAGE_NODES: readonly StageNode[] = ['node-a', 'node-b', 'node-c', 'node-d'].map((name) => ({
  name,
  capable: name !== 'node-d',
}));

/** A KubeVirt of before the upgrade. */
const OLD_VERSION = 'v1.5.2';

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
    return startKubeVirtSimulator({ controlPlane, nodes: STAGE_NODES.map(kubeVirtNode), delays: DELAYS });
  await makeNodes(admin);
  return undefined;
}

function kubeVirtNode({ name, capable }: StageNode): NodeInput {
  return capable ? { name } : { name, version: OLD_VERSION };
}

/** Resolves when the operator has labelled the nodes that are capable. */
export async function capabilitiesKnown(admin: Transport): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  await waitFor('the capable nodes are labelled', async () => {
    const { items } = await client.list();
    const labelled = items.filter(({ metadata }) =>
      Object.values(CAPABILITY_LABEL).every((label) => metadata.labels?.[label] === 'true'),
    );
    return labelled.length === STAGE_NODES.filter(({ capable }) => capable).length;
  });
}

const NOT_CAPABLE = { [OVERRIDE_LABEL.source]: 'false', [OVERRIDE_LABEL.destination]: 'false' };

/** Node objects without a kubelet; nothing runs on them. An admin says which of them is not capable. */
async function makeNodes(admin: Transport): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  for (const { name, capable } of STAGE_NODES) {
    const labels = { 'kubernetes.io/hostname': name, ...(capable ? {} : NOT_CAPABLE) };
    await client.create({ metadata: { name, labels } });
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Simulated', message: 'A node without a kubelet' },
    ];
    await client.mergePatch({ namespace: '', name }, { status: { conditions } }, { subresource: 'status' });
  }
}
