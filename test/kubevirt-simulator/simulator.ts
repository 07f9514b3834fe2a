/**
 * KubeVirt's control plane in small, over a real API server: virt-api and virt-controller as they write, and fakes of
 * what stands on the nodes (virt-handler, kubelet) and of the scheduler. No guest runs anywhere.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';
import { Caches } from './engine/caches.ts';
import { Faults } from './faults.ts';
import type { Delays, Failures, InstanceFailures } from './faults.ts';
import { launchVirtApi, registerVirtApi, unregisterVirtApi } from './install.ts';
import { NodeAdmin } from './nodes/node-admin.ts';
import type { NodeInput } from './nodes/node-objects.ts';
import type { ChooseNode } from './nodes/scheduler.ts';
import { startHeartbeats } from './nodes/heartbeats.ts';
import { Scheduler, startKubelets, startVirtHandler, VirtController } from './players.ts';
import type { Reconsiderable, Stage } from './players.ts';
import { Transports } from './transports.ts';
import type { Connections, Observer } from './transports.ts';
import { user } from './users.ts';
import type { VirtApi } from './virt-api/server.ts';

export interface SimulatorOptions {
  /** Must know simulatorUsers (ControlPlaneOptions.users). */
  readonly controlPlane: Connections;
  readonly nodes: readonly NodeInput[];
  readonly delays?: Partial<Delays>;
  readonly failures?: Failures;
  /** Silent by default. */
  readonly logger?: Logger;
  /** Overrides the fake scheduler's choice among the nodes that fit. */
  readonly chooseNode?: ChooseNode;
  /** Told of every write of the simulator. */
  readonly observe?: Observer;
}

/** A running simulator. Node changes are written to the API and take effect as soon as the caches show them. */
export class KubeVirtSimulator {
  /** Labels, readiness, cordons, and the virt-handler pods of the nodes. */
  readonly nodes: NodeAdmin;
  readonly #faults: Faults;
  readonly #stage: Stage;
  #aheadMs = 0;
  readonly #onNodes: Reconsiderable[] = [];
  readonly #stopping = new AbortController();
  readonly #endings: (() => Promise<unknown>)[] = [];
  #virtApi: VirtApi | undefined;

  constructor(stage: Omit<Stage, 'now'>) {
    this.#stage = { ...stage, now: () => new Date(Date.now() + this.#aheadMs) };
    this.#faults = stage.faults;
    this.nodes = new NodeAdmin(stage.transports.as(user.virtOperator));
  }

  async start(options: SimulatorOptions): Promise<void> {
    const { caches, transports, logger } = this.#stage;
    const operator = transports.as(user.virtOperator);
    const { virtApi, endpoint } = await launchVirtApi(transports, logger);
    this.#virtApi = virtApi;
    this.#endings.unshift(() => virtApi.stop());
    await registerVirtApi(operator, endpoint);
    this.#endings.unshift(() => unregisterVirtApi(operator, endpoint));
    const running = [new VirtController(this.#stage), new Scheduler(this.#stage, options.chooseNode)];
    this.#onNodes.push(startKubelets(this.#stage));
    await caches.start(this.#stopping.signal);
    for (const node of options.nodes) {
      await this.addNode(node);
    }
    const ended = Promise.all(running.map((player) => player.run(this.#stopping.signal)));
    this.#endings.unshift(() => ended);
  }

  /** A node with its kubelet and its virt-handler. */
  async addNode(input: NodeInput): Promise<void> {
    const address = await this.nodes.add(input);
    this.#onNodes.push(startVirtHandler(this.#stage, { name: input.name, address }));
    this.#onNodes.push(startHeartbeats(this.#stage, this.nodes, input.name));
  }

  /** What shall go wrong from now on with the instance `namespace/name`; `{}` heals it. */
  fail(instance: string, failures: InstanceFailures): void {
    this.#faults.setInstance(instance, failures);
    this.#reconsider();
  }

  /** An image that can be pulled no longer, or again. */
  setImageMissing(image: string, missing: boolean): void {
    this.#faults.missingImages[missing ? 'add' : 'delete'](image);
    this.#reconsider();
  }

  /** A silent virt-handler does nothing; it goes on where it left off. */
  setHandlerSilent(node: string, silent: boolean): void {
    this.#faults.silentHandlers[silent ? 'add' : 'delete'](node);
    this.#reconsider();
  }

  /** A silent virt-api answers nothing: writes of KubeVirt's kinds fail after 10 s, its own calls hang. */
  setVirtApiSilent(silent: boolean): void {
    this.#virtApi?.setSilent(silent);
  }

  /** The next `count` migrations are reviewed before any of them is stored, as when all are made at the same moment. */
  reviewTogether(count: number): void {
    this.#virtApi?.reviewTogether(count);
  }

  /** For virt-controller that much time passes at once; every node's virt-handler has given a sign of life by then. */
  async passTime(ms: number): Promise<void> {
    this.#aheadMs += ms;
    for (const { metadata } of this.#stage.caches.list('Node')) {
      await this.nodes.heartbeat(metadata.name, this.#stage.now());
    }
  }

  /** Virt-controller's clock is right again. */
  resetTime(): void {
    this.#aheadMs = 0;
  }

  /** Ends everything that was started; objects stay where they are. */
  async stop(): Promise<void> {
    for (const steps of this.#onNodes) {
      steps.stop();
    }
    this.#stopping.abort();
    for (const end of this.#endings) {
      await end().catch((error: unknown) => {
        this.#stage.logger.warn({ err: error }, 'not ended cleanly');
      });
    }
    await this.#stage.transports.close();
  }

  #reconsider(): void {
    for (const steps of this.#onNodes) {
      steps.reconsider();
    }
  }
}

/** Installs KubeVirt's kinds and webhooks, makes the nodes, and plays; resolves when a VirtualMachine can be created. */
export async function startKubeVirtSimulator(options: SimulatorOptions): Promise<KubeVirtSimulator> {
  const logger = options.logger ?? pino({ level: 'silent' });
  const transports = new Transports(options.controlPlane, options.observe);
  const simulator = new KubeVirtSimulator({
    transports,
    logger,
    caches: new Caches(transports.as(user.virtController), logger),
    faults: new Faults(options.failures, options.delays),
  });
  try {
    await simulator.start(options);
  } catch (error) {
    await simulator.stop();
    throw error;
  }
  return simulator;
}
