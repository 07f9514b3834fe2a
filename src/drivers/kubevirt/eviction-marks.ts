import { ACCEPTED } from '../../domain/outcome.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import type { Transport } from '../../kube/transport.ts';
import type { EvictionMarks } from '../driver.ts';
import type { KnownObjects } from './known-objects.ts';
import { outcomeOfError } from './outcome-of-error.ts';
import { INSTANCE_CALLS } from './resources.ts';

/** `status.evacuationNodeName` of VirtualMachineInstances, which KubeVirt alone may write. */
export function evictionMarks(transport: Transport, known: KnownObjects): EvictionMarks {
  const calls = new ResourceClient(transport, INSTANCE_CALLS);
  return {
    all: () => known.marked(),
    clear: async (key, node) => {
      try {
        // Another node than the one that is marked is answered 500; nothing to take back is 200.
        await calls.putSubresource(key, 'evacuate/cancel', { evacuationNodeName: node });
        return ACCEPTED;
      } catch (error) {
        return outcomeOfError(error);
      }
    },
  };
}
