import { describe, expect, it } from '@jest/globals';
import { unschedulableMessage } from '../../kubevirt-simulator/nodes/scheduler.ts';
import type { Node } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import { machine, migration } from './machines.ts';
import { World } from './world.ts';

function change(world: World, name: string, spec: Node['spec'], labels = {}): void {
  const node = world.view.get('Node', name);
  if (node === undefined) {
    throw new Error(`no node ${name}`);
  }
  const { metadata } = node;
  world.view.put('Node', {
    ...node,
    ...(spec && { spec }),
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
  });
}

async function nodeOfTheOnlyPod(world: World): Promise<string | undefined> {
  world.create('VirtualMachine', machine());
  await world.settle();
  return world.view.list('Pod')[0]?.spec.nodeName;
}

describe('the fake scheduler', () => {
  it('says in the words of the real one why a pod fits nowhere', () => {
    expect(
      unschedulableMessage([
        'node(s) were unschedulable',
        "node(s) didn't match Pod's node affinity/selector",
        "node(s) didn't match pod anti-affinity rules",
        "node(s) didn't match Pod's node affinity/selector",
      ]),
    ).toBe(
      "0/4 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.",
    );
  });

  it('sends nothing to a node that is cordoned', async () => {
    const world = new World(['node-1', 'node-2']);
    change(world, 'node-1', { unschedulable: true });

    expect(await nodeOfTheOnlyPod(world)).toBe('node-2');
  });

  it('sends nothing to a node whose taint is not tolerated', async () => {
    const world = new World(['node-1', 'node-2']);
    change(world, 'node-1', { taints: [{ key: 'a', effect: 'NoSchedule' }] });

    expect(await nodeOfTheOnlyPod(world)).toBe('node-2');
  });

  it('sends nothing to a node that KubeVirt calls unschedulable', async () => {
    const world = new World(['node-1', 'node-2']);
    change(world, 'node-1', undefined, { 'kubevirt.io/schedulable': 'false' });

    expect(await nodeOfTheOnlyPod(world)).toBe('node-2');
  });

  it('sends a migration to the node that it names, and never to the one it leaves', async () => {
    const world = new World(['node-1', 'node-2', 'node-3']);
    await nodeOfTheOnlyPod(world);
    const there = {
      ...migration(),
      spec: { vmiName: 'vm-a', addedNodeSelector: { 'kubernetes.io/hostname': 'node-3' } },
    };

    world.create('VirtualMachineInstanceMigration', there);
    await world.settle();

    expect(world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.nodeName).toBe('node-3');
  });

  it('leaves a migration to its own node waiting', async () => {
    const world = new World(['node-1', 'node-2']);
    const from = await nodeOfTheOnlyPod(world);
    const here = {
      ...migration(),
      spec: { vmiName: 'vm-a', addedNodeSelector: { 'kubernetes.io/hostname': from ?? '' } },
    };

    world.create('VirtualMachineInstanceMigration', here);
    await world.settle();

    expect(world.view.list('Pod').map((pod) => pod.spec.nodeName)).toEqual([from, undefined]);
  });
});
