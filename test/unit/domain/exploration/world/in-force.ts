import type { InstanceSpec } from '../../../../../src/api/instance.ts';
import { rescueAskedFor } from '../../../../../src/domain/instance/lease.ts';
import type { StoredInstance } from './world.ts';

const ended = new Map<InstanceSpec, Readonly<Record<'Unrescue' | 'Stop', InstanceSpec>>>();

/**
 * The spec as it is in force: without its rescue where the lease of just that rescue has ended it, as is stored. That it
 * is stored at the right time only is a rule of its own (properties/leases.ts).
 */
export function inForce({ spec, status }: StoredInstance): InstanceSpec {
  if (spec.rescue === undefined || rescueAskedFor(spec, status?.rescue) !== undefined) return spec;
  return afterLease(spec)[status?.rescue?.expired?.action === 'Stop' ? 'Stop' : 'Unrescue'];
}

function afterLease(spec: InstanceSpec): Readonly<Record<'Unrescue' | 'Stop', InstanceSpec>> {
  const { rescue: _, ...own } = spec;
  const known = ended.get(spec) ?? { Unrescue: own, Stop: { ...own, powerState: 'Stopped' } };
  ended.set(spec, known);
  return known;
}
