import type { Instance } from '../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../src/api/live-migration.ts';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../../src/api/names.ts';
import type { MemoryDriver } from '../../../../src/drivers/memory/memory-driver.ts';
import { judgeInstance } from '../../../../src/webhooks/instance.ts';
import { judgeLiveMigration } from '../../../../src/webhooks/live-migration.ts';
import type { Judge } from '../../../../src/webhooks/review.ts';
import { DRAIN_SETTINGS } from '../../../builders/evacuation.ts';
import { anInstance } from '../../../builders/instance.ts';
import { aLiveMigration } from '../../../builders/live-migration.ts';
import { aNode } from '../../../builders/nodes.ts';
import { Safety } from '../../../faults/stories/safety.ts';
import { aRequest } from '../../webhooks/reviews.ts';
import { SimulatedCluster } from '../evacuation/simulated/simulated-cluster.ts';
import type { Spec } from './edits.ts';
import { Bad, ShakyTransport } from './mishaps.ts';
import { NODES, ZONES, type Capable, type Cluster, type MigrationWishes, type NodeName } from './users.ts';
import { brokenBy, brokenByRelease, type Scene } from './rules.ts';
import { mutated } from './mutants.ts';
import { watched, type Order } from './watched-driver.ts';

const NAMESPACE = 'default';

/** A cluster, its users, and all that may go wrong; everything that happens is held against the rules. */
export class Ground implements Cluster {
  /** What was wrong, once each. */
  readonly violations = new Set<string>();
  readonly cluster: SimulatedCluster;
  readonly safety = new Safety();
  readonly orders = new Bad();
  readonly writes = new Bad();
  webhooksAreUp = true;
  readonly #drains = new Map<NodeName, () => void>();
  #scene: Scene | undefined;
  #made = 0;

  constructor(mutant: string | undefined) {
    const nodes = NODES.map((name) => aNode(name, { labels: { zone: ZONES[name] } }));
    const violated = (what: string) => this.violations.add(what);
    this.cluster = new SimulatedCluster(nodes, DRAIN_SETTINGS, {
      driver: (driver) => {
        const look = (order: Order) => this.#report(brokenBy(order, this.#at(driver)));
        return mutated(watched(driver, this.orders, look), mutant);
      },
      transport: (api) => new ShakyTransport(api, this.writes, violated),
    });
    const { instances, migrations } = this.cluster.world;
    instances.onChange(({ type, object, previous }) => {
      if (type === 'Deleted') return;
      this.safety.instance(object, this.cluster.agenda.now());
      if (previous !== undefined && this.#scene)
        this.#report([brokenByRelease(previous, object, this.#scene)]);
    });
    migrations.onChange(({ type, object }) => {
      if (type !== 'Deleted') this.safety.migration(object);
    });
  }

  /** All that is wrong so far. */
  wrong(): string[] {
    return [...this.violations, ...this.safety.violations];
  }

  /** Something of what is to be done is done, and no more time passes than that. */
  async go(steps: number): Promise<void> {
    const { agenda } = this.cluster;
    let left = steps;
    await agenda.passUntil(agenda.now() + 3_600_000, () => (left -= 1) < 0);
  }

  /** Until that time has passed, or something is wrong: what breaks a rule may do so without end. */
  async pass(milliseconds: number): Promise<void> {
    const { agenda } = this.cluster;
    await agenda.passUntil(agenda.now() + milliseconds, () => this.wrong().length > 0);
  }

  instance(name: string): Instance | undefined {
    return this.cluster.world.instances.get(`${NAMESPACE}/${name}`);
  }

  apply(name: string, spec: Spec): boolean {
    const before = this.instance(name);
    const uid = before?.metadata.uid ?? `uid-of-${name}-${(this.#made += 1)}`;
    const generation = (before?.metadata.generation ?? 0) + 1;
    const creationTimestamp = before?.metadata.creationTimestamp ?? this.#now();
    const manifest = anInstance({ name });
    const metadata = { ...manifest.metadata, uid, generation, creationTimestamp, resourceVersion: '' };
    const object = { ...manifest, metadata, spec, ...(before?.status && { status: before.status }) };
    if (!this.#admits('instances', object, before)) return false;
    this.cluster.api.put('instances', object);
    return true;
  }

  async remove(name: string): Promise<void> {
    await this.cluster.api.request({
      method: 'DELETE',
      path: `/apis/x/namespaces/${NAMESPACE}/instances/${name}`,
    });
  }

  /** Creates a LiveMigration; whether that was admitted. */
  migrate(instanceName: string, wishes: MigrationWishes): boolean {
    const name = `${instanceName}-${(this.#made += 1)}`;
    const manifest = aLiveMigration({ name, spec: { instanceName, ...wishes } });
    const facts = {
      uid: `uid-of-${name}`,
      generation: 1,
      creationTimestamp: this.#now(),
      resourceVersion: '',
    };
    const object = { ...manifest, metadata: { ...manifest.metadata, ...facts } };
    if (!this.#admits('livemigrations', object, undefined)) return false;
    this.cluster.api.put('livemigrations', object);
    return true;
  }

  /** What users do to the newest LiveMigration of an Instance; whether there is one. */
  async interfere(name: string, what: 'abort' | 'delete' | 'forceComplete'): Promise<boolean> {
    const newest = this.migrations(name).at(-1);
    if (newest === undefined) return false;
    const after = { ...newest, spec: { ...newest.spec, [what]: true } };
    if (what !== 'delete' && !this.#admits('livemigrations', after, newest)) return false;
    await this.cluster.interfere(newest, what);
    return true;
  }

  migrations(name: string): LiveMigration[] {
    return this.cluster.world.migrations.list().filter(({ spec }) => spec.instanceName === name);
  }

  async destroy(name: string): Promise<void> {
    this.safety.disturb(name, this.cluster.agenda.now());
    await this.cluster.destroy(name);
  }

  label(node: NodeName, capable: Capable): void {
    const labels = {
      ...this.cluster.world.nodes.get(node)?.metadata.labels,
      ...NO_LABELS,
      ...aNode(node, { capable }).labels,
    };
    this.cluster.setNode(node, { labels });
  }

  cordon(node: NodeName, cordoned: boolean): void {
    this.cluster.setCordon(node, cordoned);
  }

  drain(node: NodeName): void {
    this.endDrain(node);
    this.cluster.setCordon(node, true);
    const evicted = (name: string, text: string) => {
      if (text === 'evicted') this.violations.add(`${name} was evicted`);
    };
    this.#drains.set(node, this.cluster.drain(node, evicted));
  }

  endDrain(node: NodeName): void {
    this.#drains.get(node)?.();
    this.#drains.delete(node);
  }

  /** Nothing goes wrong any more, and nobody does anything. */
  heal(): void {
    this.orders.end();
    this.writes.end();
    this.webhooksAreUp = true;
    for (const node of NODES) {
      this.endDrain(node);
      this.label(node, 'Both');
      this.cluster.setNode(node, { cordoned: false, ready: true });
    }
  }

  #admits(resource: 'instances' | 'livemigrations', object: unknown, oldObject: unknown): boolean {
    if (!this.webhooksAreUp) return true;
    return this.#judges()[resource](aRequest({ object, oldObject, resource })).kind !== 'Refused';
  }

  #judges(): Record<'instances' | 'livemigrations', Judge> {
    const { world } = this.cluster;
    return {
      instances: judgeInstance({ world, unrescueDuringMigration: 'Refuse' }),
      livemigrations: judgeLiveMigration(world),
    };
  }

  #at(driver: MemoryDriver): Scene {
    return (this.#scene ??= { world: this.cluster.world, driver });
  }

  #report(found: readonly (string | undefined)[]): void {
    for (const what of found) if (what !== undefined) this.violations.add(what);
  }

  #now(): string {
    return new Date(this.cluster.agenda.now()).toISOString();
  }
}

const NO_LABELS = { [SOURCE_LABEL]: 'false', [DESTINATION_LABEL]: 'false' };
