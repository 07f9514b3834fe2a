import type { Instance, InstanceState } from '../api/instance.ts';
import type { Node } from '../api/node.ts';
import type { Explained } from '../domain/conditions.ts';
import {
  prospectOf,
  roomyProspectOf,
  type Prospect,
  type ProspectRequest,
} from '../domain/evacuation/prospect.ts';
import type { BlockReason, RoomReason } from '../domain/evacuation/reasons.ts';
import type { RoomRequest } from '../domain/evacuation/room.ts';
import { isDriversOwn } from '../domain/instance/reasons.ts';
import { observeNode } from '../domain/node/observe.ts';
import type { ObservedNode, Trouble } from '../domain/observed.ts';

/** What would become of a VM if its node were drained. */
export interface Forecast<Reason extends string = BlockReason> {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly rescued: boolean;
  /** Nodes that it could go to; empty where it is blocked. */
  readonly candidates: readonly string[];
  readonly blocked: Explained<Reason> | undefined;
}

type Look<Reason extends string> = (request: ProspectRequest, instance: Instance) => Prospect<Reason>;

/**
 * What a drain of each of the nodes would do, one after the other: a node that was drained is cordoned when the next one
 * is. The same rules that the operator goes by, asked of the same function. Pure.
 */
export function forecastDrains(
  drained: readonly string[],
  instances: readonly Instance[],
  nodes: readonly Node[],
): Forecast[] {
  return forecastEach(drained, { instances, nodes, look: prospectOf });
}

/** The same with room looked at, of which kube-scheduler has the word. Pure. */
export function forecastWithRoom(
  drained: readonly string[],
  { instances, nodes, room }: Cluster & { readonly room: (instance: Instance) => RoomRequest | undefined },
): Forecast<BlockReason | RoomReason>[] {
  const look: Look<BlockReason | RoomReason> = (request, instance) =>
    roomyProspectOf({ ...request, room: room(instance) });
  return forecastEach(drained, { instances, nodes, look });
}

interface Cluster {
  readonly instances: readonly Instance[];
  readonly nodes: readonly Node[];
}

function forecastEach<Reason extends string>(
  drained: readonly string[],
  { instances, nodes, look }: Cluster & { readonly look: Look<Reason> },
): Forecast<Reason>[] {
  return drained.flatMap((node, index) => {
    const gone = new Set(drained.slice(0, index + 1));
    const seen = nodes.map(observeNode).map((one) => (gone.has(one.name) ? { ...one, cordoned: true } : one));
    return instances
      .filter(({ status }) => status?.node === node)
      .map((instance) => forecast(instance, look(requestOf(instance, node, seen), instance), node))
      .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  });
}

function requestOf(instance: Instance, node: string, nodes: readonly ObservedNode[]): ProspectRequest {
  const { namespace, name } = instance.metadata;
  return {
    subject: { namespace, instanceName: name, driver: driverOf(instance) },
    policy: instance.spec.evacuation?.policy,
    instance: {
      state: stateOf(instance),
      node,
      placement: placementOf(instance),
      notMigratable: notMigratable(instance),
    },
    nodes,
    migratesRescued: true,
  };
}

function forecast<Reason extends string>(
  instance: Instance,
  { blocked, candidates }: Prospect<Reason>,
  node: string,
): Forecast<Reason> {
  const { namespace, name } = instance.metadata;
  const rescued = stateOf(instance) === 'Rescued';
  return { node, namespace, name, rescued, candidates: blocked === undefined ? candidates : [], blocked };
}

function stateOf({ status }: Instance): InstanceState {
  return status?.state ?? 'Pending';
}

function driverOf({ spec, status }: Instance): string {
  return status?.resolved?.driver ?? spec.driver ?? '';
}

function placementOf({ spec }: Instance): Readonly<Record<string, string>> {
  return spec.placement?.nodeSelector ?? {};
}

/** Only the operator sees what the driver says of a VM; it tells it in a condition, in the driver's words. */
function notMigratable({ status }: Instance): Trouble | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'LiveMigratable');
  return condition?.status === 'False' && isDriversOwn(condition.reason) ? condition : undefined;
}

export const FORECAST_HEAD = ['NODE', 'NAMESPACE', 'NAME', 'RESCUED', 'OUTCOME', 'TO'];

export function rowOfForecast({
  node,
  namespace,
  name,
  rescued,
  candidates,
  blocked,
}: Forecast<string>): string[] {
  const outcome = blocked === undefined ? 'Migrates' : `Blocked (${blocked.reason})`;
  return [node, namespace, name, rescued ? 'yes' : 'no', outcome, candidates.join(',') || '-'];
}
