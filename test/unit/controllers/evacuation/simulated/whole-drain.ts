import type { Instance } from '../../../../../src/api/instance.ts';
import { isMadeByDrain } from '../../../../../src/domain/evacuation/attempts.ts';
import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { forecastDrains, type Forecast } from '../../../../../src/cli/drain-forecast.ts';
import { DRAIN_SETTINGS } from '../../../../builders/evacuation.ts';
import { aRescue } from '../../../../builders/instance.ts';
import type { Cluster, Vm } from './random-clusters.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

/** A drain of VMs that are slow, and one after the other, takes no longer. Milliseconds. */
const LONGEST = 1_500_000;
/** By then a VM whose migrations fail was tried again. Milliseconds. */
const SECOND_ATTEMPT = 90_000;
const SECOND = 1_000;

/** Drains some nodes of a cluster as `kubectl drain` does, and watches. */
export class WholeDrain {
  /** What must not happen and did. */
  readonly violations = new Set<string>();
  readonly #cluster: Cluster;
  readonly #simulated: SimulatedCluster;
  /** By name: what ran before the drain. */
  readonly #boots = new Map<string, string | undefined>();
  readonly #planned = new Map<string, Forecast>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#simulated = new SimulatedCluster(cluster.nodes, { ...DRAIN_SETTINGS, limits: cluster.limits });
  }

  async run(): Promise<void> {
    await this.#populate();
    const { agenda, world } = this.#simulated;
    const { drained } = this.#cluster;
    for (const one of forecastDrains(drained, world.instances.list(), this.#cordonedNodes())) {
      this.#planned.set(one.name, one);
    }
    for (const node of drained) this.#simulated.setCordon(node, true);
    for (const node of drained) this.#simulated.drain(node, (name, text) => this.#hear(name, text));
    for (const disturbance of this.#cluster.disturbances) this.#schedule(disturbance);
    const begun = agenda.now();
    await agenda.passUntil(begun + LONGEST, () => {
      this.#watch();
      return agenda.now() - begun > SECOND_ATTEMPT && this.#cluster.vms.every((vm) => this.#isDone(vm));
    });
    for (const vm of this.#cluster.vms) this.#check(this.#isDone(vm), `${vm.name} has not ended as planned`);
    await this.#simulated.close();
  }

  async #populate(): Promise<void> {
    for (const { name, node, state, policy, priority, zone } of this.#cluster.vms) {
      await this.#simulated.populate(node, name, {
        evacuation: { policy, priority },
        placement: zone === undefined ? {} : { nodeSelector: { zone } },
        ...(state === 'Rescued' && { rescue: aRescue() }),
      });
      this.#boots.set(name, this.#simulated.guest(name)?.bootId);
    }
  }

  /** As they are when all drains have begun. */
  #cordonedNodes() {
    const { drained } = this.#cluster;
    return this.#simulated.world.nodes.list().map((node) => {
      const unschedulable = drained.includes(node.metadata.name);
      return { ...node, spec: { ...node.spec, unschedulable } };
    });
  }

  #schedule({ afterSeconds, what }: Cluster['disturbances'][number]): void {
    const { agenda, operator, world } = this.#simulated;
    agenda.setTimeout(async () => {
      if (what === 'restart') {
        operator.restart();
        return;
      }
      const [migration] = world.migrations.list().filter(({ status }) => !isFinal(status?.phase));
      if (migration !== undefined) await this.#simulated.interfere(migration, what);
    }, afterSeconds * SECOND);
  }

  #hear(name: string, text: string): void {
    this.#check(text !== 'evicted', `${name} was evicted`);
    const blocked = this.#planned.get(name)?.blocked;
    if (blocked !== undefined)
      this.#check(text === blocked.message, `${name} is not blocked as planned: ${text}`);
  }

  #watch(): void {
    const { perSource, perCluster } = this.#cluster.limits;
    const flights = this.#flights();
    this.#check(flights.length <= perCluster, 'too many migrations in the cluster');
    for (const { name } of this.#cluster.nodes) {
      const leaving = flights.filter((source) => source === name).length;
      this.#check(leaving <= perSource, `too many leave ${name}`);
    }
    for (const { name, state } of this.#cluster.vms) {
      const guest = this.#simulated.guest(name);
      this.#check(guest?.phase === 'Running', `${name} is down`);
      this.#check(guest?.bootId === this.#boots.get(name), `${name} was booted anew`);
      this.#check(this.#simulated.instance(name).status?.state === state, `${name} is not ${state} any more`);
    }
  }

  /** Sources of the migrations that have begun, or that drains have made. */
  #flights(): string[] {
    const { migrations } = this.#simulated.world;
    const waiting = new Set(
      migrations
        .list()
        .filter((migration) => isMadeByDrain(migration) && !isFinal(migration.status?.phase))
        .map(({ spec }) => spec.instanceName),
    );
    return this.#cluster.vms.flatMap(({ name }) => {
      const { status } = this.#simulated.instance(name);
      const isUnderWay = waiting.has(name) || status?.operation?.type === 'Migrate';
      return isUnderWay ? [status?.migration?.source ?? status?.node ?? ''] : [];
    });
  }

  #isDone({ name, node, fate }: Vm): boolean {
    const instance = this.#simulated.instance(name);
    const now = this.#simulated.guest(name)?.node ?? '';
    const plan = this.#planned.get(name);
    if (plan === undefined) return now === node;
    if (plan.blocked !== undefined) return now === node && isBlockedAs(instance, plan.blocked);
    if (fate === '-migration-fails') return now === node;
    return plan.candidates.includes(now) && instance.status?.operation === undefined;
  }

  #check(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.add(otherwise);
  }
}

function isBlockedAs({ status }: Instance, { reason, message }: NonNullable<Forecast['blocked']>): boolean {
  const said = status?.conditions?.find(({ type }) => type === 'Evacuating');
  return said?.status === 'True' && said.reason === reason && said.message === message;
}
