import fc from 'fast-check';
import { planEvacuation, type EvacuationStep, type Flight } from '../../../../src/domain/evacuation/plan.ts';
import { prospectOf, type Prospect } from '../../../../src/domain/evacuation/prospect.ts';
import { jsonEqual } from '../../../../src/kube/json-equal.ts';
import type { ObservedNode } from '../../../../src/domain/observed.ts';
import { anEvacuee } from '../../../builders/evacuation.ts';
import { aNode } from '../../../builders/nodes.ts';
import { NOW_MS } from '../../../builders/observation.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const LIMITS = fc.record({
  perSource: fc.integer({ min: 1, max: 3 }),
  perCluster: fc.integer({ min: 1, max: 5 }),
  perDestination: fc.integer({ min: 1, max: 3 }),
});
const NODES = fc
  .tuple(
    ...NAMES.map((name) =>
      fc
        .record({
          capable: fc.constantFrom('Both', 'Source', 'Destination', 'Neither'),
          cordoned: fc.boolean(),
          ready: fc.boolean(),
        })
        .map((options) => aNode(name, options)),
    ),
  )
  .map((nodes): ObservedNode[] => nodes);
const VMS = fc.uniqueArray(
  fc.record({
    key: fc.integer({ min: 0, max: 30 }).map((n) => `default/vm-${n}`),
    node: fc.constantFrom(...NAMES),
    state: fc.constantFrom('Running', 'Rescued', 'Paused', 'Starting'),
    policy: fc.constantFrom('LiveMigrate', 'Block'),
    destinationBy: fc.constantFrom('Backend', 'Order'),
    priority: fc.integer({ min: -1, max: 1 }),
  }),
  { selector: ({ key }) => key, maxLength: 14 },
);
type Fate = 'stays' | 'arrives' | 'fails';
export const CLUSTERS = fc.record({
  limits: LIMITS,
  nodes: NODES,
  vms: VMS,
  /** What becomes of the migrations, one after the other. */
  fates: fc.infiniteStream(fc.constantFrom<Fate>('stays', 'arrives', 'fails')),
});
type Cluster = typeof CLUSTERS extends fc.Arbitrary<infer T> ? T : never;
type Vm = Cluster['vms'][number];

const MOST_STEPS = 300;

/** A drain of every cordoned node, until nothing is under way and nothing begins. */
class Drain {
  readonly #cluster: Cluster;
  readonly nodeOf = new Map<string, string>();
  readonly #failed = new Map<string, number>();
  readonly #flights = new Map<string, Flight>();
  /** What must not happen and did. */
  readonly violations: string[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const { key, node } of cluster.vms) this.nodeOf.set(key, node);
  }

  prospect(vm: Vm): Prospect {
    return prospectOf({
      subject: { namespace: 'default', instanceName: vm.key, driver: 'kubevirt' },
      policy: vm.policy,
      instance: { state: vm.state, node: this.nodeOf.get(vm.key), placement: {}, notMigratable: undefined },
      nodes: this.#cluster.nodes,
      migratesRescued: true,
    });
  }

  step() {
    const { vms, nodes, limits } = this.#cluster;
    const evacuees = vms
      .filter(({ key }) => nodes.some(({ name, cordoned }) => cordoned && name === this.nodeOf.get(key)))
      .filter(({ key }) => !this.#flights.has(key))
      .map((vm) =>
        anEvacuee({
          ...vm,
          source: this.nodeOf.get(vm.key) ?? '',
          prospect: this.prospect(vm),
          past: { next: 1, failed: this.#failed.get(vm.key) ?? 0, endedAt: undefined },
        }),
      );
    const steps = planEvacuation(evacuees, [...this.#flights.values()], limits, NOW_MS);
    for (const { key, source } of evacuees) {
      const step = steps.get(key);
      if (step?.kind === 'Start') this.#flights.set(key, { source, destination: step.destination });
    }
    this.#checkLimits();
    return steps;
  }

  #checkLimits(): void {
    const { limits } = this.#cluster;
    const flights = [...this.#flights.values()];
    this.#check(flights.length <= limits.perCluster, 'too many in the cluster');
    for (const name of NAMES) {
      const leaving = flights.filter(({ source }) => source === name).length;
      const arriving = flights.filter(({ destination }) => destination === name).length;
      this.#check(leaving <= limits.perSource, `too many leave ${name}`);
      this.#check(arriving <= limits.perDestination, `too many are sent to ${name}`);
    }
  }

  #check(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.push(otherwise);
  }

  /** Each migration goes on, arrives at a node that was promised, or fails. */
  pass(): void {
    for (const [key, { destination }] of this.#flights) {
      const { value: fate = 'arrives' } = this.#cluster.fates.next() as { value?: Fate };
      if (fate === 'stays') continue;
      this.#flights.delete(key);
      if (fate === 'fails') this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1);
      else this.#arrive(key, destination);
    }
  }

  #arrive(key: string, destination: string | undefined): void {
    const vm = this.#cluster.vms.find((one) => one.key === key);
    const candidates = vm === undefined ? [] : this.prospect(vm).candidates;
    const node = destination ?? candidates[0] ?? '';
    this.#check(candidates.includes(node), `${key} has come to ${node}`);
    this.nodeOf.set(key, node);
  }

  get busy(): boolean {
    return this.#flights.size > 0;
  }
}

/** Drains a cluster. @returns what must not happen and did */
export function drainRandomly(cluster: Cluster): string[] {
  const drain = new Drain(cluster);
  const planned = cluster.vms.map((vm) => ({ vm, prospect: drain.prospect(vm) }));
  let steps = drain.step();
  for (let count = 0; drain.busy && count < MOST_STEPS; count += 1) {
    drain.pass();
    steps = drain.step();
  }
  const outcomes = planned.flatMap(({ vm, prospect }) => {
    const isDrained = cluster.nodes.some(({ name, cordoned }) => cordoned && name === vm.node);
    const fits = isDrained
      ? endedAsPlanned(drain, vm, prospect, steps)
      : drain.nodeOf.get(vm.key) === vm.node;
    return fits ? [] : [`${vm.key} has not ended as it was planned`];
  });
  return [...drain.violations, ...(drain.busy ? ['it does not end'] : []), ...outcomes];
}

function endedAsPlanned(
  drain: Drain,
  { key, node }: Vm,
  { blocked, candidates }: Prospect,
  steps: ReadonlyMap<string, EvacuationStep>,
): boolean {
  const now = drain.nodeOf.get(key) ?? '';
  if (blocked === undefined) return candidates.includes(now);
  return now === node && jsonEqual(steps.get(key), { kind: 'Blocked', ...blocked });
}
