import { isMarkedForEviction, phaseOf } from '../objects/instance.ts';
import type { VirtualMachineInstance } from '../objects/kinds.ts';
import { accepted, badRequest, conflict, failed, notFound, ok } from './answers.ts';
import type { Answer } from './answers.ts';
import type { ApiClient } from './client.ts';
import type { Call } from './lifecycle.ts';

/** Creates a migration under a name that the caller is not told, and turns every refusal into 500. */
export async function migrate({ client, key, body }: Call): Promise<Answer> {
  const machine = await client.find('VirtualMachine', key);
  if (machine === undefined) {
    return notFound('virtualmachine', key.name);
  }
  const instance = await client.find('VirtualMachineInstance', key);
  if (instance === undefined) {
    return notFound('virtualmachineinstance', key.name);
  }
  if (phaseOf(instance) !== 'Running') {
    return conflict(key.name, 'VM is not running');
  }
  const { addedNodeSelector } = body;
  const migration = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceMigration',
    metadata: { generateName: 'kubevirt-migrate-vm-', namespace: key.namespace },
    spec: { vmiName: key.name, ...(addedNodeSelector !== undefined && { addedNodeSelector }) },
  };
  try {
    const dryRun = body.dryRun?.includes('All') === true;
    await client.create('VirtualMachineInstanceMigration', key.namespace, migration, dryRun);
    return accepted;
  } catch (error) {
    return failed(error);
  }
}

const drainTaint = 'kubevirt.io/drain';

/** A node with the taint of KubeVirt's old way to drain is still being drained. */
async function drainObstacle(
  client: ApiClient,
  instance: VirtualMachineInstance,
): Promise<Answer | undefined> {
  const { evacuationNodeName, nodeName = '' } = instance.status ?? {};
  const name = isMarkedForEviction(instance) ? (evacuationNodeName ?? '') : nodeName;
  const node = await client.find('Node', { namespace: '', name });
  if (node === undefined) {
    return failed(new Error(`nodes "${name}" not found`));
  }
  const taints = node.spec?.taints ?? [];
  const draining = taints.some(({ key, effect }) => key === drainTaint && effect === 'NoSchedule');
  const taint = `&Taint{Key:${drainTaint},Value:,Effect:NoSchedule,TimeAdded:<nil>,}`;
  return draining ? badRequest(`Node "${name}" has NodeDrainTaintKey "${taint}"`) : undefined;
}

/** Takes the mark of an eviction away; only who names the node that is marked may. */
export async function cancelEvacuation({ client, key, body }: Call): Promise<Answer> {
  const instance = await client.find('VirtualMachineInstance', key);
  if (instance === undefined) {
    return notFound('virtualmachineinstance', key.name);
  }
  const obstacle = await drainObstacle(client, instance);
  if (obstacle !== undefined || !isMarkedForEviction(instance)) {
    return obstacle ?? ok;
  }
  const path = '/status/evacuationNodeName';
  try {
    await client.patch('VirtualMachineInstance', key, [
      { op: 'test', path, value: body.evacuationNodeName ?? '' },
      { op: 'remove', path },
    ]);
    return ok;
  } catch (error) {
    return failed(error);
  }
}
