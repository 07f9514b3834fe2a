import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../src/kube/resource.ts';
import { GROUP, STORAGE_VERSION } from '../../src/api/names.ts';

const ROOT_IMAGE = 'registry.example/root@sha256:0123456789abcdef';
const RESCUE_IMAGE = 'registry.example/rescue@sha256:fedcba9876543210';

/** The Instance that a user creates in a benchmark. */
export function benchInstance(namespace: string, name: string): KubeObject & { spec: object } {
  return {
    apiVersion: `${GROUP}/${STORAGE_VERSION}`,
    kind: 'Instance',
    metadata: { name, namespace },
    spec: {
      cpu: { cores: 1 },
      memory: '1Gi',
      disks: [{ name: 'root', source: { containerDisk: { image: ROOT_IMAGE } } }],
      networks: [{ name: 'default', podNetwork: {} }],
    },
  };
}

/** The VM that an operator makes of it, for the run in which there is none. */
export function benchVirtualMachine(namespace: string, name: string) {
  const labels = { 'bench.medevac.dev/instance': name };
  const devices = {
    disks: [{ name: 'root', serial: `${name}-root`, disk: { bus: 'virtio' }, bootOrder: 1 }],
    interfaces: [{ name: 'default', model: 'virtio', masquerade: {} }],
  };
  const spec = {
    evictionStrategy: 'External',
    terminationGracePeriodSeconds: 60,
    domain: {
      machine: { type: 'q35' },
      firmware: { uuid: randomUUID(), serial: name },
      cpu: { cores: 1 },
      memory: { guest: '1Gi' },
      devices,
    },
    networks: [{ name: 'default', pod: {} }],
    volumes: [{ name: 'root', containerDisk: { image: ROOT_IMAGE } }],
  };
  const annotations = { 'bench.medevac.dev/boot': '0123456789abcdef' };
  return {
    metadata: { name, namespace, labels },
    spec: { runStrategy: 'Always', template: { metadata: { labels, annotations }, spec } },
  };
}

/** Merge patches of a user. */
export const RESCUE = { spec: { rescue: { source: { containerDisk: { image: RESCUE_IMAGE } } } } };
export const UNRESCUE = { spec: { rescue: null } };
