import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { SOURCE_LABEL } from '../../../src/api/names.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../src/controllers/resources.ts';
import { isFinal } from '../../../src/domain/live-migration/decide.ts';
import { ApiError, isAlreadyExists, isNotFound, isUnknownOutcome } from '../../../src/kube/api-errors.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { aDisk, anInstance, aRescue } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import type { Delays, InstanceFailures } from '../../kubevirt-simulator/faults.ts';
import { install } from '../../support/install.ts';
import { tenantManifests } from '../../support/tenant.ts';
import type { Ground } from './ground.ts';
import type { Lane } from './lane.ts';
import { Witness } from './witness.ts';

const NAME = 'vm';
/** How fast KubeVirt is. Slow enough, an operator that was killed is back in the midst of what it has ordered. */
export type Pace = 'Instant' | 'Leisurely';

const NO_DELAYS: Delays = {
  podStartMs: 0,
  bootMs: 0,
  shutdownMs: 0,
  podExitMs: 0,
  prepareMs: 0,
  stepMs: 0,
  migrationMs: 0,
};
const DELAYS: Readonly<Record<Pace, Delays>> = {
  Instant: NO_DELAYS,
  Leisurely: { ...NO_DELAYS, shutdownMs: 1_500, bootMs: 500, prepareMs: 700, migrationMs: 1_500 },
};

/** What may be away while a user asks for something: then he asks again. Whatever else he is answered is held against us. */
export type Outage = 'Nothing' | 'Webhooks' | 'ApiServer';

/** How a player lives. */
export interface Circumstances {
  readonly pace: Pace;
  readonly outage: Outage;
  /** For so long nothing may come of what is asked. Milliseconds, default 0. */
  readonly lasts?: number;
  /** Where its VM is to stay. Default: anywhere. */
  readonly lane?: Lane;
}

/**
 * From one try to the next, as kubectl does, which waits for longer. It only spares the API server: whoever asks again is
 * answered by what is there then, and no answer that is not expected is asked for again.
 */
const TRY_AGAIN = 50;
/** What comes at all comes within this: where an answer to an order was lost, its end is only known when the API server has given the request up, after 60 s. */
const LONGEST = 150_000;

/** Where a player acts. */
type Scene = Pick<Ground, 'stage' | 'simulator'>;

/** A user with one Instance in a namespace of its own, who asks again while the operator's webhooks are away. */
export class Player {
  readonly witness: Witness;
  readonly namespace: string;
  readonly #ground: Scene;
  readonly #pace: Pace;
  readonly #outage: Outage;
  readonly #lane: Lane | undefined;
  readonly #patience: number;
  readonly #transport: Transport;
  readonly #instances: ResourceClient<Instance>;
  readonly #migrations: ResourceClient<LiveMigration>;

  private constructor(ground: Scene, namespace: string, { pace, outage, lane, lasts = 0 }: Circumstances) {
    const { controlPlane, user, admin } = ground.stage;
    this.namespace = namespace;
    this.#ground = ground;
    this.#pace = pace;
    this.#outage = outage;
    this.#lane = lane;
    this.#patience = LONGEST + lasts;
    this.#transport = new Transport(controlPlane.connection(user));
    this.#instances = new ResourceClient(this.#transport, INSTANCES);
    this.#migrations = new ResourceClient(this.#transport, LIVE_MIGRATIONS);
    this.witness = new Witness(admin, namespace);
  }

  static async enter(ground: Scene, namespace: string, circumstances: Circumstances): Promise<Player> {
    await install(ground.stage.admin, tenantManifests(namespace, ground.stage.user));
    const player = new Player(ground, namespace, circumstances);
    player.suffers({});
    await player.witness.synced();
    return player;
  }

  /** What goes wrong with the VM from now on. */
  suffers({ delays, ...failures }: InstanceFailures): void {
    const all = { ...failures, delays: { ...DELAYS[this.#pace], ...delays } };
    this.#ground.simulator.fail(`${this.namespace}/${NAME}`, all);
  }

  async create(): Promise<void> {
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const placement = { nodeSelector: { [SOURCE_LABEL]: 'true' } };
    const { namespace } = this;
    const spec = { disks, placement };
    const manifest = anInstance({ name: NAME, namespace, spec: this.#lane?.localised(spec) ?? spec });
    await this.#ask(() => this.#instances.create(manifest), isAlreadyExists);
  }

  async rescue(wishes: Parameters<typeof aRescue>[0] = {}): Promise<void> {
    await this.#edit({ rescue: aRescue(wishes) });
  }

  async unrescue(): Promise<void> {
    await this.#edit({ rescue: null });
  }

  async power(powerState: 'Running' | 'Stopped'): Promise<void> {
    await this.#edit({ powerState });
  }

  async migrate(policy?: { completionTimeout: string }): Promise<void> {
    const { namespace } = this;
    const spec = { instanceName: NAME, ...(policy && { policy }) };
    const manifest = aLiveMigration({ name: 'away', namespace, spec });
    await this.#ask(() => this.#migrations.create(manifest), isAlreadyExists);
  }

  /** A label is no matter for the operator, but it looks at the Instance once more. */
  async touch(): Promise<void> {
    await this.#ask(() =>
      this.#instances.mergePatch(this.#key(NAME), { metadata: { labels: { touched: 'yes' } } }),
    );
  }

  async abort(): Promise<void> {
    await this.#ask(() => this.#migrations.mergePatch(this.#key('away'), { spec: { abort: true } }));
  }

  async delete(): Promise<void> {
    await this.#ask(() => this.#instances.delete(this.#key(NAME)), isNotFound);
  }

  /** Waits until the Instance is as asked, with nothing going on. */
  async settled(state: string): Promise<void> {
    await this.witness.until(
      `settled in ${state}`,
      () => {
        const { status, metadata } = this.witness.instance ?? {};
        const isSettled =
          status?.state === state &&
          status.operation === undefined &&
          status.observedGeneration === metadata?.generation;
        return isSettled ? true : undefined;
      },
      this.#patience,
    );
  }

  async phase(isIt: (phase: string | undefined) => boolean): Promise<void> {
    const find = () => this.witness.liveMigrations.find(({ status }) => isIt(status?.phase));
    await this.witness.until('the LiveMigration is there', find, this.#patience);
  }

  async ended(): Promise<void> {
    await this.phase((phase) => phase !== undefined && isFinal(phase as 'Succeeded'));
  }

  async gone(): Promise<void> {
    const isGone = () =>
      this.witness.instance === undefined && this.witness.livePods.length === 0 ? true : undefined;
    await this.witness.until('all is gone', isGone, this.#patience);
  }

  /**
   * Drains the node that the VM is on, as kubectl does but faster, until its pod is gone. Opens the node again when the
   * migration is told to be over: who does before it is seen that the VM has left has cancelled the drain.
   */
  async drain(): Promise<void> {
    const [pod] = this.witness.livePods;
    const { nodeName: node = '' } = pod?.spec ?? {};
    const { name = '', namespace = '' } = pod?.metadata ?? {};
    await this.#ground.simulator.nodes.setUnschedulable(node, true);
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
    const deadline = performance.now() + this.#patience;
    while (this.witness.livePods.some(({ metadata }) => metadata.name === name)) {
      if (performance.now() > deadline) throw new Error(`${name} stays on ${node}`);
      await this.#ground.stage.admin.request({ method: 'POST', path, body }).catch((error: unknown) => {
        if (!isNotFound(error) && !(error instanceof ApiError && error.code === 429)) throw error;
      });
      await delay(TRY_AGAIN);
    }
    await this.ended();
    await this.#ground.simulator.nodes.setUnschedulable(node, false);
  }

  async leave(): Promise<void> {
    await this.witness.close();
    await this.#transport.close();
  }

  /** Leaves nothing behind that would be in the way of others. */
  async clear(): Promise<void> {
    const client = new ResourceClient(this.#ground.stage.admin, INSTANCES);
    await client.delete(this.#key(NAME)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #key(name: string) {
    return { namespace: this.namespace, name };
  }

  async #edit(spec: object): Promise<void> {
    await this.#ask(() => this.#instances.mergePatch(this.#key(NAME), { spec }));
  }

  /** `isDone`: what a try is answered when one before it was carried out, and its answer lost. */
  async #ask(
    request: () => Promise<unknown>,
    isDone: (error: unknown) => boolean = () => false,
  ): Promise<void> {
    const deadline = performance.now() + this.#patience;
    for (let isFirst = true; ; isFirst = false) {
      try {
        await request();
        return;
      } catch (error) {
        if (!isFirst && isDone(error)) return;
        if (!isAway(error, this.#outage) || performance.now() > deadline) throw error;
      }
      await delay(TRY_AGAIN);
    }
  }
}

/** Whether that is how it shows that something is away. */
function isAway(error: unknown, outage: Outage): boolean {
  switch (outage) {
    case 'Nothing':
      return false;
    case 'Webhooks':
      return error instanceof ApiError && error.code === 500 && error.message.includes('webhook');
    case 'ApiServer':
      // One that has just begun does not know all roles yet.
      return isUnknownOutcome(error) || (error instanceof ApiError && [403, 429].includes(error.code));
  }
}
