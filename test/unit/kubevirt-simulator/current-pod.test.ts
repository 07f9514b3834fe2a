import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import { currentPod } from '../../kubevirt-simulator/objects/instance.ts';
import type { VirtualMachineInstance } from '../../kubevirt-simulator/objects/kinds.ts';

const on = (nodeName: string): VirtualMachineInstance => ({
  metadata: { namespace: 'vms', name: 'vm-a' },
  spec: { domain: { devices: {} } },
  status: { phase: 'Running', nodeName },
});

const pod = (name: string, second: number, phase = 'Running', nodeName = 'node-2'): Pod => ({
  metadata: { namespace: 'vms', name, creationTimestamp: `2026-11-29T02:00:0${second}Z` },
  spec: { nodeName, containers: [] },
  status: { phase },
});

describe('the pod that an instance is in', () => {
  it.each<[string, string, Pod[]]>([
    ['the newest one on its node', 'b', [pod('b', 2), pod('a', 1), pod('c', 3, 'Running', 'node-1')]],
    ['the newest one, also where it has failed', 'b', [pod('a', 1), pod('b', 2, 'Failed')]],
    ['of one second, the one that lives: it comes later', 'b', [pod('a', 1, 'Failed'), pod('b', 1)]],
    ['of one second, the one that lives: it comes first', 'b', [pod('b', 1), pod('a', 1, 'Failed')]],
  ])('is %s', (_which, name, pods) => {
    expect(currentPod(on('node-2'), pods)?.metadata.name).toBe(name);
  });
});
