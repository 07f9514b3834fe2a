import { createHash } from 'node:crypto';
import { annotation, installNamespace, label } from '../objects/names.ts';

export interface NodeInput {
  readonly name: string;
  /** Beside, or instead of, the labels that KubeVirt's node labeller writes. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the node's virt-handler. */
  readonly version?: string;
}

/** Version of KubeVirt that is played. */
export const simulatedVersion = 'v1.9.0';

/** Labels of a node that can run and receive guests. */
function nodeLabels({ name, labels }: NodeInput, index: number): Record<string, string> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': `zone-${index % 2}`,
    [label.schedulable]: 'true',
    'machine-type.node.kubevirt.io/q35': 'true',
    'machine-type.node.kubevirt.io/pc-q35-9.2': 'true',
    'host-model-cpu.node.kubevirt.io/Skylake-Server': 'true',
    'cpu-model.node.kubevirt.io/Skylake-Server': 'true',
    'cpu-model-migration.node.kubevirt.io/Skylake-Server': 'true',
    'cpu-vendor.node.kubevirt.io/Intel': 'true',
    ...labels,
  };
}

export function nodeObject(input: NodeInput, index: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: input.name, labels: nodeLabels(input, index), annotations: heartbeat(new Date()) },
  };
}

/** What virt-handler says on its Node each minute. */
export function heartbeat(at: Date): Record<string, string> {
  return { [annotation.heartbeat]: `${at.toISOString().slice(0, 19)}Z` };
}

const capacity = { cpu: '64', memory: '256Gi', pods: '110', 'devices.kubevirt.io/kvm': '1k' };

/** What a kubelet says of itself, or the cluster of a kubelet that it has not heard of in time (Unknown). */
export type NodeReady = 'True' | 'False' | 'Unknown';

const REASONS = { True: 'KubeletReady', False: 'KubeletNotReady', Unknown: 'NodeStatusUnknown' } as const;

export function nodeStatus(address: string, ready: NodeReady = 'True'): object {
  return {
    status: {
      capacity,
      allocatable: capacity,
      addresses: [{ type: 'InternalIP', address }],
      conditions: [
        {
          type: 'Ready',
          status: ready,
          reason: REASONS[ready],
        },
      ],
    },
  };
}

/** Address of the n-th node; nothing listens there. */
export function nodeAddress(index: number): string {
  return `10.1.0.${10 + index}`;
}

/** Name of the n-th handler pod of a node: a DaemonSet gives each a new one. */
export function handlerPodName(node: string, generation: number): string {
  const hash = createHash('sha256').update(`${node} ${generation}`).digest('hex');
  return `virt-handler-${hash.slice(0, 5)}`;
}

function handlerAnnotations(version: string): Record<string, string> {
  return {
    'kubevirt.io/install-strategy-version': version,
    'kubevirt.io/install-strategy-registry': 'simulated',
    'kubevirt.io/install-strategy-identifier': createHash('sha1').update(version).digest('hex'),
  };
}

const handlerLabels = { [label.app]: 'virt-handler', 'app.kubernetes.io/component': 'kubevirt' };

export function handlerPod(input: NodeInput, name: string, daemonSetUid: string): object {
  const version = input.version ?? simulatedVersion;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: installNamespace,
      labels: handlerLabels,
      annotations: handlerAnnotations(version),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name: 'virt-handler',
          uid: daemonSetUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      nodeName: input.name,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'virt-handler', image: `virt-handler:${version}` }],
    },
  };
}

/** What `kubectl drain --ignore-daemonsets` looks for; no controller stands behind it. */
export function handlerDaemonSet(): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'virt-handler', namespace: installNamespace, labels: handlerLabels },
    spec: {
      selector: { matchLabels: handlerLabels },
      template: {
        metadata: { labels: handlerLabels },
        spec: { containers: [{ name: 'virt-handler', image: `virt-handler:${simulatedVersion}` }] },
      },
    },
  };
}

export function handlerPodStatus(ready: boolean): object {
  const status = ready ? 'True' : 'False';
  return {
    status: {
      phase: 'Running',
      conditions: ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map((type) => ({
        type,
        status: type === 'Ready' || type === 'ContainersReady' ? status : 'True',
      })),
    },
  };
}
