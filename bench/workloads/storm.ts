import { ResourceClient } from '../../src/kube/resource-client.ts';
import { resources } from '../../test/kubevirt-simulator/objects/kinds.ts';
import { eachOf } from '../stage/user.ts';
import type { Session } from './session.ts';

/** Updates of VMs that are no matter to an operator, as KubeVirt makes them all the time. */
export async function storm(
  { ground: { admin, namespace } }: Session,
  names: readonly string[],
  updates: number,
): Promise<undefined> {
  const machines = new ResourceClient(admin, resources.VirtualMachine);
  const rounds = Array.from({ length: updates }, (_, index) => index);
  await eachOf(rounds, async (round) => {
    const name = names[round % names.length] ?? '';
    const status = { memoryDumpRequest: { claimName: `storm-${round}`, phase: 'Associating' } };
    await machines.mergePatch({ namespace, name }, { status }, { subresource: 'status' });
  });
  return undefined;
}
