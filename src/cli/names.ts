import { NODES } from '../api/resources.ts';
import { VIRTUAL_MACHINES } from '../drivers/kubevirt/resources.ts';
import type { ListOptions } from '../kube/resource-client.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { contextNames, kubeconfigPaths } from '../kube/kubeconfig-file.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { Candidates, Invocation } from './command.ts';
import { connect, kubeconfigOf } from './connect.ts';
import { isOver, MigrationObject } from './objects.ts';
import type { Session } from './session.ts';

const NAMESPACES: Resource = { ...NODES, plural: 'namespaces', kind: 'Namespace' };

/** Names that the cluster, or the kubeconfig, has for a word of the command line. @throws where it can't be asked */
export async function namesFor(
  candidates: Candidates,
  invocation: Invocation,
  parts: Pick<Session, 'terminal' | 'signal'>,
): Promise<string[]> {
  if (candidates === 'contexts') return contextNames(kubeconfigPaths(kubeconfigOf(invocation)));
  const session = await connect(invocation, parts);
  try {
    return await namesIn(session, candidates);
  } finally {
    await session.transport.close();
  }
}

function namesIn(session: Session, candidates: Exclude<Candidates, 'contexts'>): Promise<string[]> {
  const { transport, namespace, instances } = session;
  const list = (resource: Resource, options: ListOptions = {}) =>
    namesOf(new ResourceClient(transport, resource), options);
  switch (candidates) {
    case 'instances':
      return namesOf(instances, { namespace });
    case 'migrating':
      return migrating(session);
    case 'nodes':
      return list(NODES);
    case 'namespaces':
      return list(NAMESPACES);
    case 'virtualmachines':
      return list(VIRTUAL_MACHINES, { namespace });
  }
}

async function namesOf(client: ResourceClient<KubeObject>, options: ListOptions): Promise<string[]> {
  return (await client.list(options)).items.map(({ metadata }) => metadata.name);
}

/** Instances that are being migrated. */
async function migrating({ migrations, namespace }: Session): Promise<string[]> {
  const { items } = await migrations.list({ namespace });
  const unfinished = items.map((item) => MigrationObject.parse(item)).filter((one) => !isOver(one));
  return [...new Set(unfinished.map(({ spec }) => spec.instanceName))];
}
