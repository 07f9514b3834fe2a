import { INSTANCES, LIVE_MIGRATIONS } from '../../api/resources.ts';
import { ApiError } from '../../kube/api-errors.ts';
import type { ResourceClient } from '../../kube/resource-client.ts';
import { apiVersionOf, type KubeObject } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { listAll, type Listed } from '../list-all.ts';
import { ListView } from '../list-view.ts';
import { printAs, withoutManagedFields, type Format } from '../output.ts';
import { changesOf, type Session } from '../session.ts';

const INSTANCE_TYPE = { apiVersion: apiVersionOf(INSTANCES), kind: INSTANCES.kind };

/** Shows the Instances. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const namespace = invocation.has('all-namespaces') ? undefined : session.namespace;
  const format = invocation.text('output');
  const [instances, migrations] = await Promise.all([
    listAll(session.instances, namespace),
    listAllowed(session.migrations, namespace),
  ]);
  if (format === 'json' || format === 'yaml') {
    await printObjects(session, { instances, format, watch: invocation.has('watch'), namespace });
    return exitOf(session);
  }
  const options = { wide: format === 'wide', allNamespaces: namespace === undefined };
  const view = new ListView(session, options);
  view.begin(instances.items, migrations?.items ?? []);
  if (invocation.has('watch')) await follow(session, { instances, migrations, namespace }, view);
  return exitOf(session);
}

function exitOf({ signal }: Session): number {
  return signal.aborted ? EXIT_CODES.interrupted : EXIT_CODES.done;
}

/** Who may see Instances need not be let see migrations: what an Instance says of its own is shown then. */
async function listAllowed(
  client: ResourceClient<KubeObject>,
  namespace: string | undefined,
): Promise<Listed | undefined> {
  try {
    return await listAll(client, namespace);
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

async function printObjects(
  session: Session,
  asked: { instances: Listed; format: Format; watch: boolean; namespace: string | undefined },
): Promise<void> {
  const { instances, format, watch, namespace } = asked;
  const items = instances.items.map((item) => withoutManagedFields(item, INSTANCE_TYPE));
  if (!watch) {
    await printAs(format, { apiVersion: 'v1', kind: 'List', items }, session.terminal);
    return;
  }
  const print = async (object: KubeObject) => {
    if (format === 'yaml') session.terminal.print('---');
    await printAs(format, object, session.terminal);
  };
  for (const item of items) await print(item);
  const { resourceVersion } = instances;
  for await (const { object } of changesOf(
    session,
    { resource: INSTANCES, namespace, resourceVersion },
    session.signal,
  )) {
    await print(withoutManagedFields(object, INSTANCE_TYPE));
  }
}

async function follow(
  session: Session,
  listed: { instances: Listed; migrations: Listed | undefined; namespace: string | undefined },
  view: ListView,
): Promise<void> {
  const { instances, migrations, namespace } = listed;
  const of = (resource: typeof INSTANCES | typeof LIVE_MIGRATIONS, { resourceVersion }: Listed) =>
    changesOf(session, { resource, namespace, resourceVersion }, session.signal);
  const followInstances = async () => {
    for await (const change of of(INSTANCES, instances)) view.instanceChanged(change);
  };
  const followMigrations = async () => {
    if (migrations === undefined) return;
    for await (const change of of(LIVE_MIGRATIONS, migrations)) view.migrationChanged(change);
  };
  await Promise.all([followInstances(), followMigrations()]);
}
