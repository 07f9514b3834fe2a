import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { MODE_ANNOTATION } from '../../../src/api/names.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../src/controllers/resources.ts';
import { ApiError, isNotFound } from '../../../src/kube/api-errors.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import type { InstanceFailures } from '../../kubevirt-simulator/faults.ts';
import { resources } from '../../kubevirt-simulator/objects/kinds.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { install } from '../../support/install.ts';
import type { Stage } from '../../support/stage.ts';
import { tenantManifests } from '../../support/tenant.ts';
import type { Spec } from '../../unit/controllers/any-order/edits.ts';
import {
  NODES,
  type Capable,
  type Cluster,
  type MigrationWishes,
  type NodeName,
} from '../../unit/controllers/any-order/users.ts';
import type { Victim } from '../stories/accidents.ts';
import { Witness, type Watched } from '../stories/witness.ts';
import { overrides, type Lane } from '../stories/lane.ts';
import type { Tally } from './tally.ts';

/** Fast, but a migration can be met while it is under way. Milliseconds. */
const HEALTHY: InstanceFailures = {
  delays: {
    podStartMs: 50,
    bootMs: 100,
    shutdownMs: 50,
    podExitMs: 50,
    prepareMs: 100,
    stepMs: 20,
    migrationMs: 500,
  },
};
/** Users are refused with these; anything else is none of our answers. */
const REFUSALS: ReadonlySet<string> = new Set(['400 BadRequest', '409 Forbidden', '404 NotFound']);
/** Of the specs that are applied. */
const SECRETS = ['seed', 'login'];

export const NAMES = ['vm-1', 'vm-2'] as const;

/** Where all that is played. */
export interface Site {
  readonly stage: Stage;
  readonly simulator: KubeVirtSimulator;
  readonly tally: Tally;
  /** What was wrong, as soon as it is known. */
  say(line: string): void;
}

/** A namespace of its own on the nodes of a lane; every event in it is held against the rules. */
export class Ground implements Cluster {
  readonly namespace: string;
  readonly witness: Witness;
  readonly tally: Tally;
  readonly #site: Site;
  readonly #lane: Lane;
  readonly #violations: string[] = [];
  readonly #rescueBoots = new Set<string>();
  readonly #user: Transport;
  readonly #instances: ResourceClient<Instance>;
  readonly #migrations: ResourceClient<LiveMigration>;
  readonly #there = new Set<string>();
  /** Name of the newest LiveMigration of each Instance. */
  readonly #newest = new Map<string, string>();
  #made = 0;

  private constructor(site: Site, lane: Lane, namespace: string) {
    const { stage, tally } = site;
    this.namespace = namespace;
    this.tally = tally;
    this.#site = site;
    this.#lane = lane;
    this.#user = new Transport(stage.controlPlane.connection(stage.user));
    this.#instances = new ResourceClient(this.#user, INSTANCES);
    this.#migrations = new ResourceClient(this.#user, LIVE_MIGRATIONS);
    this.witness = new Witness(stage.admin, namespace, (kind, object) => this.#see(kind, object));
  }

  static async enter(site: Site, lane: Lane, namespace: string): Promise<Ground> {
    const { admin, user } = site.stage;
    const secrets = SECRETS.map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData: { userdata: '#cloud-config' },
    }));
    await install(admin, [...tenantManifests(namespace, user), ...secrets]);
    const ground = new Ground(site, lane, namespace);
    for (const name of NAMES) ground.heal(name);
    await ground.witness.synced();
    return ground;
  }

  wrong(): string[] {
    return [...this.#violations, ...this.witness.safety.violations];
  }

  instance(name: string): Instance | undefined {
    return this.witness.instances.find(({ metadata }) => metadata.name === name);
  }

  /** The spec as it is sent. */
  localised(spec: Spec): Spec {
    return this.#lane.localised(spec);
  }

  async apply(name: string, wanted: Spec): Promise<boolean> {
    const spec = this.localised(wanted);
    if (this.#there.has(name)) {
      const patch = [{ op: 'replace', path: '/spec', value: spec }] as const;
      return this.#ask(() => this.#instances.patch(this.#key(name), patch));
    }
    const { namespace } = this;
    const manifest = { ...anInstance({ name, namespace }), spec };
    const isMade = await this.#ask(() => this.#instances.create(manifest));
    if (isMade) this.#there.add(name);
    return isMade;
  }

  async remove(name: string): Promise<void> {
    this.#there.delete(name);
    await this.#ask(() => this.#instances.delete(this.#key(name)));
  }

  /** A label is no matter for the operator, but it looks at the Instance once more. */
  async touch(name: string): Promise<void> {
    await this.#ask(() =>
      this.#instances.mergePatch(this.#key(name), { metadata: { labels: { seen: 'yes' } } }),
    );
  }

  async migrate(instanceName: string, { destination, ...wishes }: MigrationWishes): Promise<void> {
    const name = `${instanceName}-${(this.#made += 1)}`;
    const node = destination?.nodeName as NodeName | undefined;
    const spec = {
      instanceName,
      ...wishes,
      ...(node !== undefined && { destination: { nodeName: this.#lane.node(node) } }),
    };
    const manifest = aLiveMigration({ name, namespace: this.namespace, spec });
    if (await this.#ask(() => this.#migrations.create(manifest))) this.#newest.set(instanceName, name);
  }

  async interfere(instanceName: string, what: 'abort' | 'delete' | 'forceComplete'): Promise<void> {
    const name = this.#newest.get(instanceName);
    if (name === undefined) return;
    const key = this.#key(name);
    await this.#ask(() =>
      what === 'delete'
        ? this.#migrations.delete(key)
        : this.#migrations.mergePatch(key, { spec: { [what]: true } }),
    );
  }

  destroy(name: string): Promise<void> {
    return this.strike(name, 'VirtualMachine');
  }

  /** Somebody deletes what belongs to an Instance. */
  async strike(name: string, what: Victim): Promise<void> {
    this.witness.safety.disturb(name, Date.now());
    const client = new ResourceClient(this.#site.stage.admin, resources[what]);
    for (const victim of this.#victims(name, what)) {
      await client.delete(this.#key(victim)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  label(node: NodeName, capable: Capable): Promise<void> {
    return this.#site.simulator.nodes.setLabels(this.#lane.node(node), overrides(capable));
  }

  cordon(node: NodeName, cordoned: boolean): Promise<void> {
    return this.#site.simulator.nodes.setUnschedulable(this.#lane.node(node), cordoned);
  }

  /** As kubectl does it, each pod once. */
  async drain(node: NodeName): Promise<void> {
    await this.cordon(node, true);
    const pods = this.witness.livePods.filter(({ spec }) => spec.nodeName === this.#lane.node(node));
    for (const { metadata } of pods) await this.#evict(metadata.name);
  }

  endDrain(node: NodeName): Promise<void> {
    return this.cordon(node, false);
  }

  /** What goes wrong with a VM from now on. */
  break(name: string, failures: InstanceFailures): void {
    this.#site.simulator.fail(`${this.namespace}/${name}`, { ...HEALTHY, ...failures });
  }

  heal(name: string): void {
    this.break(name, {});
  }

  /** The virt-handler of a node does nothing any more, or goes on. */
  silence(node: NodeName, silent: boolean): void {
    this.#site.simulator.setHandlerSilent(this.#lane.node(node), silent);
  }

  loseImage(isLost: boolean): void {
    this.#site.simulator.setImageMissing(this.#lane.image('rescue:1'), isLost);
  }

  /** Nothing goes wrong any more, and nobody waits for a migration that is queued. */
  async healAll(): Promise<void> {
    this.loseImage(false);
    for (const name of NAMES) this.heal(name);
    for (const node of NODES) {
      this.silence(node, false);
      await this.cordon(node, false);
      await this.label(node, 'Both');
    }
    for (const { metadata, status } of this.witness.liveMigrations) {
      if ((status?.phase ?? 'Queued') === 'Queued') {
        await this.#ask(() =>
          this.#migrations.mergePatch(this.#key(metadata.name), { spec: { abort: true } }),
        );
      }
    }
  }

  /** Says what has come of it, and leaves nothing behind that would be in the way of others. */
  async leave(): Promise<void> {
    this.tally.add('boots of a rescue system', this.#rescueBoots.size);
    for (const { status } of this.witness.liveMigrations) {
      const of = status?.instanceState === 'Rescued' ? 'rescued ' : '';
      this.tally.add(`${of}migrations ${status?.phase ?? 'not begun'}`);
    }
    await this.witness.close();
    await this.#user.close();
    const { admin } = this.#site.stage;
    for (const resource of [INSTANCES, resources.VirtualMachine]) {
      const client = new ResourceClient(admin, resource);
      const { items } = await client.list({ namespace: this.namespace });
      for (const { metadata } of items) await client.delete(this.#key(metadata.name)).catch(() => undefined);
    }
  }

  #see(kind: Watched, { metadata: { uid = '', annotations } }: KubeObject): void {
    if (kind === 'VirtualMachineInstance' && annotations?.[MODE_ANNOTATION] === 'Rescue') {
      this.#rescueBoots.add(uid);
    }
  }

  #victims(name: string, what: Victim): string[] {
    const isOf = (object: KubeObject) =>
      what === 'VirtualMachineInstanceMigration'
        ? (object as KubeObject & { spec: { vmiName?: string } }).spec.vmiName === name
        : (object.metadata.labels?.['vm.kubevirt.io/name'] ?? object.metadata.name) === name;
    return this.witness
      .all(what)
      .filter(isOf)
      .map(({ metadata }) => metadata.name);
  }

  async #evict(name: string): Promise<void> {
    const { namespace } = this;
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
    try {
      await this.#site.stage.admin.request({ method: 'POST', path, body });
      this.tally.add('evictions carried out');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.tally.add(`evictions answered ${error.code}`);
    }
  }

  /** Whether it was done. */
  async #ask(request: () => Promise<unknown>): Promise<boolean> {
    try {
      await request();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const answer = `${error.code} ${error.reason}`;
      this.tally.add(`refused ${answer}`);
      if (!REFUSALS.has(answer)) this.#violations.push(`a user was answered ${answer}: ${error.message}`);
      return false;
    }
  }

  #key(name: string) {
    return { namespace: this.namespace, name };
  }
}
