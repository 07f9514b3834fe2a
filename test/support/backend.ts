import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CAPABILITY_LABEL, OVERRIDE_LABEL } from '../../src/domain/node/roles.ts';
import { NODES } from '../../src/api/resources.ts';
import type { MemoryPlacement } from '../../src/drivers/memory/index.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { NodeInput } from '../kubevirt-simulator/nodes/node-objects.ts';
import { startKubeVirtSimulator, type KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../kubevirt-simulator/users.ts';
import { startLibvirtHosts, type LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';
import type { OperatorSettings } from './operator.ts';
import type { StageDriver } from './stage.ts';
import { waitFor } from './wait.ts';

/** A node of the stage. */
interface StageNode {
  readonly name: string;
  readonly capable: boolean;
}

/** Nodes of which the last can't send or receive rescued instances. */
function nodesNamed(...names: readonly string[]): StageNode[] {
  return names.map((name) => ({ name, capable: name !== names.at(-1) }));
}

const STAGE_NODES = nodesNamed('node-a', 'node-b', 'node-c', 'node-d');
const LIBVIRT_HOSTS = 3;

/** A KubeVirt of before the upgrade. */
const OLD_VERSION = 'v1.5.2';

/** A migration leaves a person, or a kubectl on a busy machine, the time to do something meanwhile. */
const DELAYS = { migrationMs: 3_000 };

/** Users that the backend of a driver writes as. */
export function backendUsers(driver: StageDriver): Readonly<Record<string, readonly string[]>> {
  return driver === 'kubevirt' ? simulatorUsers : {};
}

/** Who finds the nodes of VMs. */
export function placementOf(driver: StageDriver): MemoryPlacement {
  return driver === 'libvirt' ? 'ByScheduler' : 'ByBackend';
}

/** In words. */
export const BACKENDS: Readonly<Record<StageDriver, string>> = {
  kubevirt: 'starting the KubeVirt simulator with four nodes',
  memory: 'making four nodes',
  libvirt: `starting ${LIBVIRT_HOSTS} libvirt hosts`,
};

/** What the driver drives. */
export interface Backend {
  readonly simulator: KubeVirtSimulator | undefined;
  readonly hosts: LibvirtHosts | undefined;
  /** What the operator must be told of it. */
  readonly settings: OperatorSettings;
  readonly nodes: readonly StageNode[];
  stop(): Promise<void>;
}

interface Surroundings {
  readonly controlPlane: ControlPlane;
  readonly admin: Transport;
  /** Where VMs are. */
  readonly namespace: string;
}

/** Starts what the driver drives. */
export async function startBackend(
  driver: StageDriver,
  { controlPlane, ...around }: Surroundings,
): Promise<Backend> {
  if (driver === 'libvirt') return startHosts({ controlPlane, ...around });
  const shared = { hosts: undefined, settings: {}, nodes: STAGE_NODES };
  if (driver === 'kubevirt') {
    const nodes = STAGE_NODES.map(kubeVirtNode);
    const simulator = await startKubeVirtSimulator({ controlPlane, nodes, delays: DELAYS });
    return { ...shared, simulator, stop: () => simulator.stop() };
  }
  await makeNodes(around.admin, STAGE_NODES);
  return { ...shared, simulator: undefined, stop: () => Promise.resolve() };
}

/** Real hosts: a Node for each, and a configuration as an admin writes it. */
async function startHosts({ controlPlane, admin, namespace }: Surroundings): Promise<Backend> {
  const hosts = await startLibvirtHosts({ count: LIBVIRT_HOSTS });
  try {
    const nodes = nodesNamed(...hosts.hosts.map(({ name }) => name));
    await makeNodes(admin, nodes);
    const path = join(controlPlane.folder, 'libvirt.json');
    await writeFile(path, JSON.stringify(configurationOf(hosts, namespace)));
    return {
      hosts,
      nodes,
      simulator: undefined,
      settings: { 'libvirt-config': path },
      stop: () => hosts.stop(),
    };
  } catch (error) {
    await hosts.stop();
    throw error;
  }
}

function configurationOf({ hosts, pool }: LibvirtHosts, namespace: string): object {
  return {
    hosts: Object.fromEntries(hosts.map(({ name, uri, migrationUri: peerUri }) => [name, { uri, peerUri }])),
    pools: { [pool]: { namespaces: [namespace], coherent: true } },
    podNetwork: { bridge: 'br0' },
    domainType: 'qemu',
    shutdownSeconds: 20,
  };
}

function kubeVirtNode({ name, capable }: StageNode): NodeInput {
  return capable ? { name } : { name, version: OLD_VERSION };
}

/** Resolves when the operator has labelled the nodes that are capable. */
export async function capabilitiesKnown(admin: Transport, nodes: readonly StageNode[]): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  await waitFor('the capable nodes are labelled', async () => {
    const { items } = await client.list();
    const labelled = items.filter(({ metadata }) =>
      Object.values(CAPABILITY_LABEL).every((label) => metadata.labels?.[label] === 'true'),
    );
    return labelled.length === nodes.filter(({ capable }) => capable).length;
  });
}

/** What VMs may take of a node. */
const CAPACITY = { cpu: '8', memory: '16Gi', pods: '110' };
const NOT_CAPABLE = { [OVERRIDE_LABEL.source]: 'false', [OVERRIDE_LABEL.destination]: 'false' };

/** Node objects without a kubelet; no pod runs on them. An admin says which of them is not capable. */
async function makeNodes(admin: Transport, nodes: readonly StageNode[]): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  for (const { name, capable } of nodes) {
    const labels = { 'kubernetes.io/hostname': name, ...(capable ? {} : NOT_CAPABLE) };
    await client.create({ metadata: { name, labels } });
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Simulated', message: 'A node without a kubelet' },
    ];
    const status = { conditions, capacity: CAPACITY, allocatable: CAPACITY };
    await client.mergePatch({ namespace: '', name }, { status }, { subresource: 'status' });
  }
}
