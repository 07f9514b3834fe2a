import type { Node } from '../api/node.ts';
import type { BlockReason } from '../domain/evacuation/reasons.ts';
import { prospectOf, type Prospect } from '../domain/evacuation/prospect.ts';
import type { ObservedNode } from '../domain/observed.ts';
import { observeNode } from '../domain/node/observe.ts';
import type { Instance } from '../api/instance.ts';

/** What would become of a VM if its node were drained. */
export interface Forecast {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly rescued: boolean;
  /** Nodes that it could go to; empty where it is blocked. */
  readonly candidates: readonly string[];
  readonly blocked: { readonly reason: BlockReason; readonly message: string } | undefined;
}

/**
 * What a drain of each of the nodes would do, one after the other: a node that was drained is cordoned when the next one
 * is. The same rules that the operator goes by, asked of the same function. Pure.
 */
export function forecastDrains(
  drained: readonly string[],
  instances: readonly Instance[],
  nodes: readonly Node[],
): Forecast[] {
  return drained.flatMap((node, index) => {
    const gone = new Set(drained.slice(0, index + 1));
    const seen = nodes.map(observeNode).map((one) => (gone.has(one.name) ? { ...one, cordoned: true } : one));
    return instances
      .filter(({ status }) => status?.node === node)
      .map((instance) => forecast(instance, node, seen))
      .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  });
}

function forecast(instance: Instance, node: string, nodes: readonly ObservedNode[]): Forecast {
  const { namespace, name } = instance.metadata;
  const state = instance.status?.state ?? 'Pending';
  const prospect = prospectOf({
    subject: { namespace, instanceName: name, driver: driverOf(instance) },
    policy: instance.spec.evacuation?.policy,
    instance: { state, node, placement: placementOf(instance), notMigratable: undefined },
    nodes,
    migratesRescued: true,
  });
  const blocked = prospect.blocked ?? saidByDriver(instance);
  const candidates = blocked === undefined ? prospect.candidates : [];
  return { node, namespace, name, rescued: state === 'Rescued', candidates, blocked };
}

function driverOf({ spec, status }: Instance): string {
  return status?.resolved?.driver ?? spec.driver ?? '';
}

function placementOf({ spec }: Instance): Readonly<Record<string, string>> {
  return spec.placement?.nodeSelector ?? {};
}

/** Only the operator sees what the driver says of a VM; it tells it in a condition, in the same words. */
function saidByDriver({ status }: Instance): Prospect['blocked'] {
  const condition = status?.conditions?.find(({ type }) => type === 'LiveMigratable');
  return condition?.status === 'False' && condition.reason === 'NotMigratable'
    ? { reason: 'NotMigratable', message: condition.message }
    : undefined;
}

export const FORECAST_HEAD = ['NODE', 'NAMESPACE', 'NAME', 'RESCUED', 'OUTCOME', 'TO'];

export function rowOfForecast({ node, namespace, name, rescued, candidates, blocked }: Forecast): string[] {
  const outcome = blocked === undefined ? 'Migrates' : `Blocked (${blocked.reason})`;
  return [node, namespace, name, rescued ? 'yes' : 'no', outcome, candidates.join(',') || '-'];
}
