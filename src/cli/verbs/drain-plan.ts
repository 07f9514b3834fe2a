import { Instance } from '../../api/instance.ts';
import { parseNode } from '../../api/node.ts';
import { NODES, PODS, RESOURCE_QUOTAS } from '../../api/resources.ts';
import { ApiError } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { forecastWithRoom, FORECAST_HEAD, rowOfForecast, type Forecast } from '../drain-forecast.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { listAll } from '../list-all.ts';
import { printAs } from '../output.ts';
import { roomFinder } from '../room.ts';
import type { Session } from '../session.ts';
import { Table } from '../table.ts';

/** Shows what draining some nodes would do, before anything is touched. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const [nodes, { items }, pods, quotas] = await Promise.all([
    list(session, NODES),
    listAll(session.instances, undefined),
    listAllowed(session, PODS),
    listAllowed(session, RESOURCE_QUOTAS),
  ]);
  const unknown = invocation.names.find((name) => !nodes.some(({ metadata }) => metadata.name === name));
  if (unknown !== undefined) {
    throw new Complaint(`There is no node ${unknown}. kubectl get nodes shows those that there are.`);
  }
  const forecasts = forecastWithRoom(invocation.names, {
    instances: items.flatMap((item) => Instance.safeParse(item).data ?? []),
    nodes: nodes.map(parseNode),
    room: roomFinder({ nodes, pods, quotas }),
  });
  await print(session, forecasts, invocation);
  if (forecasts.length > 0) session.terminal.tell(reservationOf(pods, quotas));
  return forecasts.some(({ blocked }) => blocked !== undefined) ? EXIT_CODES.refused : EXIT_CODES.done;
}

async function list({ transport, signal }: Session, resource: Resource): Promise<KubeObject[]> {
  const { items } = await listAll(new ResourceClient<KubeObject>(transport, resource, { signal }), undefined);
  return items;
}

/** `undefined`: the user may not see them. */
async function listAllowed(session: Session, resource: Resource): Promise<KubeObject[] | undefined> {
  try {
    return await list(session, resource);
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

/** What a plan can't promise. */
function reservationOf(pods: unknown, quotas: unknown): string {
  const hidden = [
    ...(pods === undefined ? ['Pods'] : []),
    ...(quotas === undefined ? ['ResourceQuotas'] : []),
  ];
  const unseen =
    hidden.length === 0
      ? ''
      : ` You may not list ${hidden.join(' and ')} of all namespaces: their room is not looked at.`;
  return (
    'To which of the nodes in TO a VM goes, and whether there is room for all of them together, kube-scheduler decides; ' +
    `taints, affinity and priorities are its, too.${unseen}`
  );
}

async function print(
  { terminal }: Session,
  forecasts: readonly Forecast<string>[],
  invocation: Invocation,
): Promise<void> {
  const format = invocation.text('output');
  if (format === 'json' || format === 'yaml') {
    await printAs(format, { vms: forecasts }, terminal);
    return;
  }
  if (forecasts.length === 0) {
    terminal.tell(`No Instance is on ${invocation.names.join(', ')}.`);
    return;
  }
  const lines = new Table(FORECAST_HEAD).lines(forecasts.map(rowOfForecast), 'WithHead');
  const why = forecasts.flatMap(({ blocked }) => (blocked === undefined ? [] : ['', blocked.message]));
  for (const line of [...lines, ...why]) terminal.print(line);
}
