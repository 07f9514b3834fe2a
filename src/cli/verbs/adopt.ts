import { adoptVm } from '../../drivers/kubevirt/adopt.ts';
import { INSTANCES as RUNNING, VIRTUAL_MACHINES } from '../../drivers/kubevirt/resources.ts';
import { isNotFound } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { adoptionNotes, instanceManifest, whyNotAdopted } from '../manifest.ts';
import { printAs } from '../output.ts';
import type { Session } from '../session.ts';

/** Writes the Instance that would take a VM over. Reads, and nothing else. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const { namespace, terminal } = session;
  const key = { namespace, name: invocation.names[0] ?? '' };
  const [vm, running] = await Promise.all([
    readIfThere(session, VIRTUAL_MACHINES, key.name),
    readIfThere(session, RUNNING, key.name),
  ]);
  if (vm === undefined) {
    throw new Complaint(
      `There is no VirtualMachine ${namespace}/${key.name}. kubectl get virtualmachines -n ${namespace} shows those that there are.`,
    );
  }
  const adoption = adoptVm(vm, running);
  const refusal = whyNotAdopted(key, adoption);
  if (refusal !== undefined) throw new Complaint(refusal);
  const notes = adoptionNotes(key, adoption);
  const json = invocation.text('output') === 'json';
  // A comment where there can be one: it stays with the manifest.
  for (const note of notes) {
    if (json) terminal.tell(note);
    else terminal.print(`# ${note}`);
  }
  await printAs(json ? 'json' : 'yaml', instanceManifest(key, adoption), terminal);
  return EXIT_CODES.done;
}

async function readIfThere(
  { transport, namespace, signal }: Session,
  resource: Resource,
  name: string,
): Promise<KubeObject | undefined> {
  try {
    return await new ResourceClient<KubeObject>(transport, resource, { signal }).get({ namespace, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
