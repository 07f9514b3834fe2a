import { pino, type Logger } from 'pino';
import { isConflict, isNotFound } from '../../src/kube/api-errors.ts';
import { formatKey, keyOf, parseKey, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { Controller, type ReconcileResult } from '../../src/runtime/controller.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { launchVirtApi } from '../../test/kubevirt-simulator/install.ts';
import { sendHeartbeats } from '../../test/kubevirt-simulator/nodes/heartbeats.ts';
import { NodeAdmin } from '../../test/kubevirt-simulator/nodes/node-admin.ts';
import { resources } from '../../test/kubevirt-simulator/objects/kinds.ts';
import { Transports, type Connections } from '../../test/kubevirt-simulator/transports.ts';
import { user } from '../../test/kubevirt-simulator/users.ts';
import { registrations } from '../../test/kubevirt-simulator/virt-api/registration.ts';
import { waitFor } from '../../test/support/wait.ts';
import { nextStep, type Machine, type Running, type Step } from './brief-steps.ts';

const WORKERS = 12;

/** KubeVirt in brief: the simulator's kinds and its `restart`, and a virt-controller that makes three writes a start. */
class BriefKubeVirt {
  readonly #stop = new AbortController();
  readonly #machines: Reflector<Machine>;
  readonly #instances: Reflector<Running>;
  readonly #machineClient: ResourceClient<Machine>;
  readonly #instanceClient: ResourceClient<Running>;
  readonly #controller: Controller;
  readonly #nodes: readonly string[];
  #started = 0;

  constructor(transport: Transport, nodes: readonly string[], logger: Logger) {
    const { VirtualMachine, VirtualMachineInstance } = resources;
    this.#nodes = nodes;
    this.#machineClient = new ResourceClient(transport, VirtualMachine);
    this.#instanceClient = new ResourceClient(transport, VirtualMachineInstance);
    this.#machines = new Reflector({ transport, logger, resource: VirtualMachine });
    this.#instances = new Reflector({ transport, logger, resource: VirtualMachineInstance });
    this.#controller = new Controller({
      name: 'brief-kubevirt',
      workers: WORKERS,
      logger,
      reconcile: (key) => this.#reconcile(key),
    });
    const enqueue = ({ object }: { object: KubeObject }) =>
      this.#controller.enqueue(formatKey(keyOf(object)));
    this.#machines.onChange(enqueue);
    this.#instances.onChange(enqueue);
  }

  async start(): Promise<void> {
    const { signal } = this.#stop;
    for (const reflector of [this.#machines, this.#instances]) reflector.start(signal);
    await Promise.all([this.#machines.synced(signal), this.#instances.synced(signal)]);
    void this.#controller.run(signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #reconcile(key: string): Promise<ReconcileResult> {
    const machine = this.#machines.store.get(key);
    if (machine === undefined) return {};
    const step = nextStep(machine, this.#instances.store.get(key), this.#nextNode());
    if (step === undefined) return {};
    try {
      await this.#take(key, step);
    } catch (error) {
      // Somebody else was faster: the watch will say so.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
    return {};
  }

  async #take(key: string, step: Step): Promise<void> {
    const name = parseKey(key);
    switch (step.kind) {
      case 'Create':
        this.#instances.upsert(await this.#instanceClient.create(step.instance));
        return;
      case 'Run':
        this.#instances.upsert(await this.#instanceClient.patch(name, step.patch));
        return;
      case 'Delete':
        await this.#instanceClient.delete(name, { uid: step.uid });
        return;
      case 'Report': {
        const { status } = step;
        this.#machines.upsert(
          await this.#machineClient.mergePatch(name, { status }, { subresource: 'status' }),
        );
        return;
      }
    }
  }

  #nextNode(): string {
    this.#started += 1;
    return this.#nodes[this.#started % this.#nodes.length] ?? '';
  }
}

const SERVICE: Resource = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true };
const API_SERVICE: Resource = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};

/** `restart` and its like; no webhooks, which would cost the same with every contender. */
async function registerCalls(transport: Transport, endpoint: { port: number; ca: string }): Promise<void> {
  const manifests = registrations(endpoint) as KubeObject[];
  for (const resource of [SERVICE, API_SERVICE]) {
    const manifest = manifests.find(({ kind }) => kind === resource.kind);
    if (manifest !== undefined) await new ResourceClient(transport, resource).create(manifest);
  }
  const service = new ResourceClient<ApiService>(transport, API_SERVICE);
  await waitFor('virt-api is available', async () => {
    const { status } = await service.get({ namespace: '', name: 'v1.subresources.kubevirt.io' });
    return status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True');
  });
}

interface ApiService extends KubeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

/** Installs and starts it; resolves to how it is ended. */
export async function startBriefKubeVirt(
  connections: Connections,
  nodes: readonly string[],
): Promise<() => Promise<void>> {
  const logger = pino({ level: 'silent' });
  const transports = new Transports(connections);
  const operator = transports.as(user.virtOperator);
  const { virtApi, endpoint } = await launchVirtApi(transports, logger);
  const brief = new BriefKubeVirt(transports.as(user.virtController), nodes, logger);
  const admin = new NodeAdmin(operator);
  // A virt-handler that falls silent for minutes takes the capabilities of its node with it.
  const hearts = nodes.map((node) => sendHeartbeats({ admin, node, logger }));
  const stop = async () => {
    for (const stopHeart of hearts) stopHeart();
    brief.stop();
    await virtApi.stop();
    await transports.close();
  };
  try {
    for (const name of nodes) await admin.add({ name });
    await registerCalls(operator, endpoint);
    await brief.start();
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
