import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { SOURCE_LABEL } from '../../../src/api/names.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../src/controllers/resources.ts';
import { ApiError, isNotFound } from '../../../src/kube/api-errors.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { aDisk, anInstance, aRescue } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import type { InstanceFailures } from '../../kubevirt-simulator/faults.ts';
import { resources } from '../../kubevirt-simulator/objects/kinds.ts';
import type { Migration } from '../../kubevirt-simulator/objects/kinds.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import type { Stage } from '../../support/stage.ts';
import { BREAKS, type Victim } from '../stories/accidents.ts';
import type { Safety } from '../stories/safety.ts';
import type { Action } from './script.ts';

const RESCUE_IMAGE = 'registry.example/rescue:1';
const HEALTHY: InstanceFailures = { delays: { migrationMs: 800, shutdownMs: 200 } };
/** A user is refused with these; anything else is none of our answers. */
const REFUSALS: ReadonlySet<string> = new Set(['400 BadRequest', '409 Forbidden', '404 NotFound']);

/** Does what a script says: as the user, as an admin who reaches past medevac, or as an accident. */
export class Actor {
  /** Answers to the user other than a success: `409 Forbidden` → how often. */
  readonly refusals = new Map<string, number>();
  readonly #stage: Stage;
  readonly #simulator: KubeVirtSimulator;
  readonly #safety: Safety;
  readonly #transport: Transport;
  readonly #instances: ResourceClient<Instance>;
  readonly #migrations: ResourceClient<LiveMigration>;
  /** The newest LiveMigration of each Instance. */
  readonly #latest = new Map<string, string>();
  readonly #silent = new Set<string>();

  constructor(stage: Stage, simulator: KubeVirtSimulator, safety: Safety) {
    this.#stage = stage;
    this.#simulator = simulator;
    this.#safety = safety;
    this.#transport = new Transport(stage.controlPlane.connection(stage.user));
    this.#instances = new ResourceClient(this.#transport, INSTANCES);
    this.#migrations = new ResourceClient(this.#transport, LIVE_MIGRATIONS);
  }

  async create(name: string): Promise<void> {
    const { namespace } = this.#stage;
    this.#simulator.fail(`${namespace}/${name}`, HEALTHY);
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const placement = { nodeSelector: { [SOURCE_LABEL]: 'true' } };
    await this.#instances.create(anInstance({ name, namespace, spec: { disks, placement } }));
  }

  /** A label is no matter for the operator, but it looks at the Instance once more. */
  async touch(name: string): Promise<void> {
    await this.#instances.mergePatch(this.#key(name), { metadata: { labels: { round: 'last' } } });
  }

  async do(action: Action): Promise<void> {
    switch (action.kind) {
      case 'rescue':
      case 'unrescue':
      case 'stop':
      case 'start':
      case 'migrate':
      case 'abort':
      case 'forget':
        await this.#ask(() => this.#asUser(action));
        return;
      case 'delete':
        this.#safety.disturb(action.name, Date.now());
        await this.#deleteByHand(action.name, action.what);
        return;
      case 'break':
        this.#simulator.fail(this.#id(action.name), { ...HEALTHY, ...BREAKS[action.what] });
        return;
      case 'heal':
        this.#simulator.fail(this.#id(action.name), HEALTHY);
        return;
      case 'lose image':
      case 'find image':
        this.#simulator.setImageMissing(RESCUE_IMAGE, action.kind === 'lose image');
        return;
      case 'silence handler':
      case 'wake handler':
        this.#setHandler(action.node, action.kind === 'silence handler');
        return;
      case 'silence virt-api':
      case 'wake virt-api':
        this.#simulator.setVirtApiSilent(action.kind === 'silence virt-api');
    }
  }

  healAll(names: readonly string[]): void {
    this.#simulator.setVirtApiSilent(false);
    this.#simulator.setImageMissing(RESCUE_IMAGE, false);
    for (const node of [...this.#silent]) this.#setHandler(node, false);
    for (const name of names) this.#simulator.fail(this.#id(name), HEALTHY);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #key(name: string) {
    return { namespace: this.#stage.namespace, name };
  }

  #id(name: string): string {
    return `${this.#stage.namespace}/${name}`;
  }

  #setHandler(node: string, silent: boolean): void {
    if (silent) this.#silent.add(node);
    else this.#silent.delete(node);
    this.#simulator.setHandlerSilent(node, silent);
  }

  async #ask(request: () => Promise<unknown>): Promise<void> {
    try {
      await request();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const answer = `${error.code} ${error.reason}`;
      this.refusals.set(answer, (this.refusals.get(answer) ?? 0) + 1);
      if (!REFUSALS.has(answer))
        this.#safety.violations.push(`a user was answered ${answer}: ${error.message}`);
    }
  }

  async #asUser(
    action: Extract<
      Action,
      { kind: 'rescue' | 'unrescue' | 'stop' | 'start' | 'migrate' | 'abort' | 'forget' }
    >,
  ): Promise<void> {
    const patch = (spec: object) => this.#instances.mergePatch(this.#key(action.name), { spec });
    switch (action.kind) {
      case 'rescue':
        await patch({ rescue: aRescue({ source: { containerDisk: { image: RESCUE_IMAGE } } }) });
        return;
      case 'unrescue':
        await patch({ rescue: null });
        return;
      case 'stop':
      case 'start':
        await patch({ powerState: action.kind === 'stop' ? 'Stopped' : 'Running' });
        return;
      case 'migrate':
        await this.#migrate(action.name, action.migration);
        return;
      case 'abort':
        await this.#onLatest(action.name, (key) =>
          this.#migrations.mergePatch(key, { spec: { abort: true } }),
        );
        return;
      case 'forget':
        await this.#onLatest(action.name, (key) => this.#migrations.delete(key));
    }
  }

  async #migrate(instanceName: string, name: string): Promise<void> {
    const { namespace } = this.#stage;
    await this.#migrations.create(aLiveMigration({ name, namespace, spec: { instanceName } }));
    this.#latest.set(instanceName, name);
  }

  async #onLatest(
    name: string,
    act: (key: { namespace: string; name: string }) => Promise<unknown>,
  ): Promise<void> {
    const latest = this.#latest.get(name);
    if (latest !== undefined) await act(this.#key(latest));
  }

  async #deleteByHand(name: string, what: Victim): Promise<void> {
    const client = new ResourceClient(this.#stage.admin, resources[what]);
    for (const victim of await this.#victims(name, what)) {
      await client.delete(this.#key(victim)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  async #victims(name: string, what: Victim): Promise<string[]> {
    if (what === 'VirtualMachine' || what === 'VirtualMachineInstance') return [name];
    const { admin, namespace } = this.#stage;
    if (what === 'Pod') {
      const pods = await new ResourceClient(admin, resources.Pod).list({
        namespace,
        labelSelector: `vm.kubevirt.io/name=${name}`,
      });
      return pods.items.slice(0, 1).map(({ metadata }) => metadata.name);
    }
    const migrations = await new ResourceClient<Migration>(admin, resources[what]).list({ namespace });
    return migrations.items.filter(({ spec }) => spec.vmiName === name).map(({ metadata }) => metadata.name);
  }
}
