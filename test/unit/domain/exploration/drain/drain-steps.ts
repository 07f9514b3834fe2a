import { planEvacuation } from '../../../../../src/domain/evacuation/plan.ts';
import { NOW_MS } from '../../../../builders/observation.ts';
import {
  DESTINATIONS,
  evacueesOf,
  flightsOf,
  LIMITS,
  prospectIn,
  type DrainedVm,
  type DrainWorld,
} from './drain-world.ts';

export type Planner = typeof planEvacuation;

export interface DrainStep {
  readonly name: string;
  /** Progress happens by itself; chance may happen or not. */
  readonly kind: 'Progress' | 'Chance';
  readonly next: DrainWorld;
}

/** All that may happen next. */
export function drainSteps(world: DrainWorld, plan: Planner): DrainStep[] {
  return [
    pass(world, plan),
    ...caughtUp(world),
    ...world.vms.flatMap((_, at) => ofVm(world, at)),
    ...ofPeople(world),
  ];
}

/** A pass of the leader: what the plan starts is under way. */
function pass(world: DrainWorld, plan: Planner): DrainStep {
  const steps = plan(evacueesOf(world), flightsOf(world), LIMITS, NOW_MS);
  const vms = world.vms.map((vm, index): DrainedVm => {
    const step = steps.get(String(index));
    return step?.kind === 'Start' ? { ...vm, flight: { destination: step.destination } } : vm;
  });
  return { name: 'the leader plans', kind: 'Progress', next: { ...world, vms } };
}

function caughtUp(world: DrainWorld): DrainStep[] {
  if (world.stale === undefined) return [];
  return [{ name: 'the caches catch up', kind: 'Progress', next: { ...world, stale: undefined } }];
}

function ofVm(world: DrainWorld, at: number): DrainStep[] {
  const vm = world.vms[at];
  if (vm === undefined) return [];
  const to = (name: string, kind: DrainStep['kind'], change: Partial<DrainedVm>): DrainStep => {
    const vms = world.vms.map((one, index) => (index === at ? { ...one, ...change } : one));
    return { name: `${name} ${at}`, kind, next: { ...world, vms } };
  };
  if (vm.pausing) return [to('a while has passed since the failure of', 'Progress', { pausing: false })];
  if (vm.flight === undefined) return [];
  const failed = { flight: undefined, failed: 1, pausing: true } as const;
  return [
    ...arrivals(world, vm).map((node) => to(`${node} receives`, 'Progress', { flight: undefined, node })),
    to('the backend fails to move', arrivals(world, vm).length === 0 ? 'Progress' : 'Chance', failed),
    to('somebody deletes the LiveMigration of', 'Chance', { ...failed, cancelled: true }),
  ];
}

/** Where the backend lets a VM go: it asks for the labels that are there. */
function arrivals(world: DrainWorld, vm: DrainedVm): (typeof DESTINATIONS)[number][] {
  const { candidates } = prospectIn({ ...world, cordoned: true }, vm);
  const asked = vm.flight?.destination;
  return DESTINATIONS.filter((node) => candidates.includes(node) && (asked === undefined || asked === node));
}

function ofPeople(world: DrainWorld): DrainStep[] {
  const { cordoned, incapable, asking, vms } = world;
  const stale = world.stale ?? { cordoned, incapable };
  const to = (name: string, change: Partial<DrainWorld>): DrainStep => {
    return { name, kind: 'Chance', next: { ...world, ...change } };
  };
  return [
    to(cordoned ? 'admin uncordons node-a' : 'admin cordons node-a', { cordoned: !cordoned, stale }),
    to(incapable ? 'node-b gets its label' : 'node-b loses its label', { incapable: !incapable, stale }),
    asking
      ? to('the drain asks no more', { asking: false })
      : to('the drain asks', { asking: true, vms: vms.map((vm) => ({ ...vm, cancelled: false })) }),
  ];
}
