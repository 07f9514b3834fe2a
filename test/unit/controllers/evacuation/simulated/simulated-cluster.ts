import { pino } from 'pino';
import type * as z from 'zod';
import type { Instance, InstanceSpec } from '../../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../../src/api/live-migration.ts';
import { parseNode, type Node } from '../../../../../src/api/node.ts';
import { EvacuationWriter } from '../../../../../src/controllers/evacuation/writer.ts';
import { observeNodes } from '../../../../../src/controllers/observe.ts';
import type { World } from '../../../../../src/controllers/world.ts';
import type { DrainSettings } from '../../../../../src/domain/evacuation/plan.ts';
import type { ObservedNode } from '../../../../../src/domain/observed.ts';
import { MemoryDriver } from '../../../../../src/drivers/memory/memory-driver.ts';
import type { Driver } from '../../../../../src/drivers/driver.ts';
import { formatKey } from '../../../../../src/kube/resource.ts';
import type { Transport } from '../../../../../src/kube/transport.ts';
import { judgeEviction } from '../../../../../src/webhooks/eviction.ts';
import type { FoundPod } from '../../../../../src/webhooks/find-pod.ts';
import { aDisk, anInstance } from '../../../../builders/instance.ts';
import { vmListener } from '../../../../builders/driver-listener.ts';
import { asNodeObject, aWorld } from '../../../../builders/world.ts';
import { aRequest } from '../../../webhooks/reviews.ts';
import { Agenda } from './agenda.ts';
import { MemoryApi } from './memory-api.ts';
import { SimulatedOperator } from './simulated-operator.ts';

const NAMESPACE = 'default';
/** Of `kubectl drain`, between two evictions of a pod. Milliseconds. */
const ASKS_AGAIN = 5_000;
/** Longer than any boot takes. Milliseconds. */
const SETTLING = 60_000;

/** What stands between the operator and its backend, or the API server; absent: nothing. */
interface Between {
  driver?(driver: MemoryDriver): Driver;
  transport?(transport: Transport): Transport;
}

/** A cluster whose hypervisors, API server and clock are in memory, and whose operator is the real one. */
export class SimulatedCluster {
  readonly agenda = new Agenda();
  readonly world: World;
  readonly operator: SimulatedOperator;
  readonly api: MemoryApi;
  readonly #driver: MemoryDriver;
  readonly #evict: (pod: FoundPod) => Promise<string>;
  /** Where VMs are made while the cluster is populated. */
  #only: { readonly node: string; readonly labels: Readonly<Record<string, string>> } | undefined;
  #nodeVersion = 1;

  constructor(nodes: readonly ObservedNode[], drain: DrainSettings, between: Between = {}) {
    const { agenda } = this;
    const delays = { boot: 1_000, stop: 500, prepare: 1_000, transfer: 6_000 };
    this.#driver = new MemoryDriver({ clock: agenda, delays, nodes: () => this.#nodesForVms() });
    const driver = between.driver?.(this.#driver) ?? this.#driver;
    const world = { ...aWorld({ nodes }), driverOf: () => driver, now: () => agenda.now() };
    this.world = world;
    this.api = new MemoryApi(world, () => agenda.now());
    const transport = between.transport?.(this.api) ?? this.api;
    this.operator = new SimulatedOperator(world, agenda, { transport, drain });
    this.#evict = evictor(world, drain, this.api);
    const listener = vmListener((key) => this.operator.wake(formatKey(key)));
    void this.#driver.start(listener, new AbortController().signal);
  }

  /** An Instance that has settled on a node. */
  async populate(node: string, name: string, spec: Partial<z.input<typeof InstanceSpec>>): Promise<void> {
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const manifest = anInstance({ name, namespace: NAMESPACE, spec: { driver: 'memory', disks, ...spec } });
    const metadata = { ...manifest.metadata, uid: `uid-of-${name}`, generation: 1, creationTimestamp: 'x' };
    // Its node may have had the labels when it was booted.
    this.#only = { node, labels: spec.placement?.nodeSelector ?? {} };
    this.api.put('instances', { ...manifest, metadata: { ...metadata, resourceVersion: '' } });
    await this.agenda.passUntil(this.agenda.now() + SETTLING, () => this.#isSettled(name));
    this.#only = undefined;
    if (!this.#isSettled(name)) throw new Error(`${name} does not settle`);
  }

  #isSettled(name: string): boolean {
    const { spec, status } = this.instance(name);
    const wanted = spec.rescue === undefined ? 'Running' : 'Rescued';
    return status?.state === wanted && status.operation === undefined;
  }

  instance(name: string): Instance {
    const found = this.world.instances.get(`${NAMESPACE}/${name}`);
    if (found === undefined) throw new Error(`there is no Instance ${name}`);
    return found;
  }

  /** What runs of a VM. */
  guest(name: string) {
    return this.vm(name)?.running;
  }

  vm(name: string) {
    return this.#driver.observe({ namespace: NAMESPACE, name });
  }

  /** What the guest of a VM was booted from. */
  bootedVm(name: string) {
    return this.#driver.bootedVm({ namespace: NAMESPACE, name });
  }

  /** Somebody deletes a VM past the operator. */
  async destroy(name: string): Promise<void> {
    await this.#driver.remove({ namespace: NAMESPACE, name });
  }

  setCordon(name: string, cordoned: boolean): void {
    this.setNode(name, { cordoned });
  }

  setNode(name: string, change: Partial<ObservedNode>): void {
    const node = observeNodes(this.world).find((one) => one.name === name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    this.world.nodes.upsert(this.#newer(asNodeObject({ ...node, ...change })));
    for (const { metadata } of this.world.instances.list())
      this.operator.wake(`${NAMESPACE}/${metadata.name}`);
  }

  #newer(node: Node): Node {
    this.#nodeVersion += 1;
    return parseNode({ ...node, metadata: { ...node.metadata, resourceVersion: String(this.#nodeVersion) } });
  }

  /** `kubectl drain`: cordons, and asks for each pod again and again, until what is returned is called; `said` is told of what it prints. */
  drain(node: string, said: (name: string, text: string) => void): () => void {
    let ended = false;
    this.setCordon(node, true);
    const ask = async () => {
      if (ended) return;
      for (const { metadata } of this.world.instances.list()) {
        const { name } = metadata;
        const guest = this.guest(name);
        if (guest?.node === node) said(name, await this.#evict(podOf(name, node, guest.bootId)));
      }
      this.agenda.setTimeout(ask, ASKS_AGAIN);
    };
    this.agenda.setTimeout(ask, 0);
    return () => {
      ended = true;
    };
  }

  /** What people do to a LiveMigration. */
  async interfere(migration: LiveMigration, what: 'delete' | 'abort' | 'forceComplete'): Promise<void> {
    const { namespace, name } = migration.metadata;
    const path = `/apis/x/namespaces/${namespace}/livemigrations/${name}`;
    if (what === 'delete') await this.api.request({ method: 'DELETE', path });
    else await this.api.request({ method: 'PATCH', path, body: { spec: { [what]: true } } });
  }

  close(): Promise<void> {
    return this.api.close();
  }

  #nodesForVms(): ObservedNode[] {
    const nodes = observeNodes(this.world);
    const only = this.#only;
    if (only === undefined) return nodes;
    return nodes
      .filter(({ name }) => name === only.node)
      .map((node) => ({ ...node, ready: true, cordoned: false, labels: { ...node.labels, ...only.labels } }));
  }
}

function podOf(name: string, node: string, bootId: string): FoundPod {
  return {
    namespace: NAMESPACE,
    uid: `pod-of-${name}-on-${node}`,
    labels: { 'kubevirt.io/created-by': bootId },
    annotations: { 'kubevirt.io/domain': name },
    controller: undefined,
    node,
    phase: 'Running',
  };
}

/** Asks the webhook; resolves with its answer. */
function evictor(world: World, { limits }: DrainSettings, transport: MemoryApi) {
  return async (pod: FoundPod): Promise<string> => {
    const judge = judgeEviction({
      world,
      findPod: () => Promise.resolve(pod),
      writer: new EvacuationWriter(transport, world),
      limits,
      logger: pino({ level: 'silent' }),
    });
    const object = { metadata: { name: pod.uid }, deleteOptions: {} };
    const answer = await judge({ ...aRequest({ object }), name: pod.uid });
    return answer.kind === 'Refused' ? answer.message : 'evicted';
  };
}
