import { describe, expect, it } from '@jest/globals';
import { observeHypervisor } from '../../../../src/drivers/kubevirt/observe-hypervisor.ts';
import { HandlerPod } from '../../../../src/drivers/kubevirt/resources.ts';
import { aNode } from '../../../builders/nodes.ts';

interface PodOptions {
  readonly image?: string;
  readonly version?: string | undefined;
  readonly ready?: 'True' | 'False';
  readonly phase?: string;
  readonly deleted?: boolean;
}

function aPod(options: PodOptions = {}): HandlerPod {
  const { image = 'quay.io/kubevirt/virt-handler:v1.9.0', ready = 'True', phase = 'Running' } = options;
  const version = 'version' in options ? options.version : 'v1.9.0';
  return HandlerPod.parse({
    metadata: {
      ...{ name: 'virt-handler-x', namespace: 'kubevirt', uid: 'uid', resourceVersion: '1' },
      annotations: version === undefined ? {} : { 'kubevirt.io/install-strategy-version': version },
      ...(options.deleted === true && { deletionTimestamp: '2026-11-23T10:00:00Z' }),
    },
    spec: { nodeName: 'node-a', containers: [{ name: 'virt-handler', image }] },
    status: { phase, conditions: [{ type: 'Ready', status: ready }] },
  });
}

const NODE = aNode('node-a', {
  labels: { 'kubevirt.io/schedulable': 'true' },
  annotations: { 'kubevirt.io/heartbeat': '2026-11-23T10:00:00Z' },
});

describe('observeHypervisor', () => {
  it('takes version and readiness from the pod, and five minutes from the heartbeat', () => {
    expect(observeHypervisor(NODE, [aPod()])).toEqual({
      ready: true,
      accepting: true,
      version: 'v1.9.0',
      validUntil: '2026-11-23T10:05:00.000Z',
    });
  });

  it.each([
    { name: 'no pod', node: NODE, pods: [] },
    {
      name: 'only pods that have ended',
      node: NODE,
      pods: [aPod({ phase: 'Failed' }), aPod({ phase: 'Succeeded' })],
    },
    { name: 'no such node', node: undefined, pods: [aPod()] },
  ])('knows of none with $name', ({ node, pods }) => {
    expect(observeHypervisor(node, pods)).toBeUndefined();
  });

  it.each([
    { name: 'its pod is not Ready', pods: [aPod({ ready: 'False' })] },
    { name: 'its pod is being deleted', pods: [aPod({ deleted: true })] },
    { name: 'two pods are there, whichever does the work', pods: [aPod(), aPod({ version: 'v1.5.2' })] },
    { name: 'it has never said that it is there', pods: [aPod()], node: aNode('node-a') },
    {
      name: 'what it says is no time',
      pods: [aPod()],
      node: aNode('node-a', { annotations: { 'kubevirt.io/heartbeat': 'now' } }),
    },
  ])('is not ready where $name', ({ node = NODE, pods }) => {
    expect(observeHypervisor(node, pods)).toMatchObject({ ready: false });
  });

  it.each(['false', undefined])('accepts no VMs where kubevirt.io/schedulable is %s', (schedulable) => {
    const labels = schedulable === undefined ? {} : { 'kubevirt.io/schedulable': schedulable };
    const node = { ...NODE, labels };

    expect(observeHypervisor(node, [aPod()])).toMatchObject({ ready: true, accepting: false });
  });

  it.each([
    { image: 'quay.io/kubevirt/virt-handler:v1.7.1', want: 'v1.7.1' },
    { image: 'registry.example:5000/virt-handler:v1.7.1@sha256:0123', want: 'v1.7.1' },
    { image: 'registry.example:5000/virt-handler@sha256:0123', want: undefined },
    { image: 'registry.example:5000/virt-handler', want: undefined },
  ])('without the annotation of virt-operator takes the version from $image', ({ image, want }) => {
    expect(observeHypervisor(NODE, [aPod({ version: undefined, image })])?.version).toBe(want);
  });

  it('believes virt-operator before the tag', () => {
    expect(observeHypervisor(NODE, [aPod({ version: 'v1.6.0', image: 'virt-handler:devel' })])?.version).toBe(
      'v1.6.0',
    );
  });
});
