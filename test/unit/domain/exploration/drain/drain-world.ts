import type { Evacuee, Flight } from '../../../../../src/domain/evacuation/plan.ts';
import { prospectOf, type Prospect } from '../../../../../src/domain/evacuation/prospect.ts';
import { ago, anEvacuee } from '../../../../builders/evacuation.ts';
import { aNode } from '../../../../builders/nodes.ts';

/** Two nodes that VMs may go to from the one that is drained. */
export const DESTINATIONS = ['node-b', 'node-c'] as const;
type NodeName = 'node-a' | (typeof DESTINATIONS)[number];

/** One VM, and what has become of the attempts to move it. */
export interface DrainedVm {
  readonly state: 'Running' | 'Rescued';
  readonly node: NodeName;
  /** The migration that is under way. */
  readonly flight: { readonly destination: string | undefined } | undefined;
  /** Attempts that did not succeed, as far as they are told apart. */
  readonly failed: 0 | 1;
  /** The pause after the last of them is not over. */
  readonly pausing: boolean;
  /** Somebody has deleted its LiveMigration since the drain has asked. */
  readonly cancelled: boolean;
}

/** What the planner looks at, and may be late with. */
export interface Surroundings {
  readonly cordoned: boolean;
  /** Whether node-b has lost its label. */
  readonly incapable: boolean;
}

/** node-a is drained of a few VMs. Everything is an immutable value. */
export interface DrainWorld extends Surroundings {
  readonly vms: readonly DrainedVm[];
  /** Whether the drain goes on asking. */
  readonly asking: boolean;
  /** What the caches still show of the surroundings; `undefined`: what is there. */
  readonly stale: Surroundings | undefined;
  readonly destinationBy: Evacuee['destinationBy'];
}

export const LIMITS = { perSource: 2, perCluster: 2, perDestination: 1 };

const START: DrainedVm = {
  state: 'Running',
  node: 'node-a',
  flight: undefined,
  failed: 0,
  pausing: false,
  cancelled: false,
};

/** A drain that has just begun, of two running VMs and a rescued one. */
export function drainOf(destinationBy: Evacuee['destinationBy']): DrainWorld {
  const vms: readonly DrainedVm[] = [START, START, { ...START, state: 'Rescued' }];
  return { vms, cordoned: true, incapable: false, asking: true, stale: undefined, destinationBy };
}

/** Where a VM can go in these surroundings. */
export function prospectIn({ cordoned, incapable }: Surroundings, { state, node }: DrainedVm): Prospect {
  return prospectOf({
    subject: { namespace: 'default', instanceName: 'vm', driver: 'kubevirt' },
    policy: 'LiveMigrate',
    instance: { state, node, placement: {}, notMigratable: undefined },
    nodes: [
      aNode('node-a', { cordoned }),
      aNode('node-b', { capable: incapable ? 'Source' : 'Both' }),
      // Never for rescued VMs.
      aNode('node-c', { capable: 'Source' }),
    ],
    migratesRescued: true,
  });
}

/** What the planner is asked about: the VMs that are on node-a and not under way. */
export function evacueesOf({ vms, asking, stale, destinationBy, ...real }: DrainWorld): Evacuee[] {
  const seen = stale ?? real;
  return vms.flatMap((vm, index) => {
    if (vm.node !== 'node-a' || vm.flight !== undefined) return [];
    const { failed, pausing, cancelled } = vm;
    return anEvacuee({
      key: String(index),
      requestedAt: ago(asking ? 5_000 : 60_000),
      ...(cancelled && { cancelledAt: ago(1_000) }),
      cordoned: seen.cordoned,
      prospect: prospectIn(seen, vm),
      destinationBy,
      past: { next: failed + 1, failed, endedAt: pausing ? ago(0) : ago(600_000) },
    });
  });
}

/** The migrations that are under way. */
export function flightsOf({ vms }: DrainWorld): Flight[] {
  return vms.flatMap(({ flight, node }) =>
    flight === undefined ? [] : { source: node, destination: flight.destination },
  );
}
