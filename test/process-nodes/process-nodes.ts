/**
 * Nodes whose Pods are processes of this machine: a kubelet and a kube-proxy in small. What a Deployment asks for is really
 * started, probed, reached through its Service, told to stop and waited for, with the token of its ServiceAccount. There are
 * no containers: a Pod has one process, an address on loopback, and no volumes.
 */
import { pino } from 'pino';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { NODES, Pod, PODS, Service, SERVICES } from './kinds.ts';
import { ProcessPod, type Image } from './process-pod.ts';
import { readyPodOf, ServiceProxy, type Target } from './service-proxy.ts';

export interface ProcessNodesOptions {
  readonly admin: Transport;
  readonly nodes: readonly string[];
  /** Only Pods of that namespace; the nodes, and their other Pods, are somebody else's. */
  readonly namespace?: string;
  /** What can be pulled, by the image of a container. */
  readonly images: Readonly<Record<string, Image>>;
  readonly logFolder: string;
  /** Where a Service without selector leads: that is `kubernetes`. */
  readonly apiServer: string;
  /** The third byte of all addresses, `127.64.N.x` of Services and `127.65.N.x` of Pods. */
  readonly subnet: number;
}

/** For the control plane: addresses of loopback, which are reached without any routing. */
export function serviceRange(subnet: number): string {
  return `127.64.${subnet}.0/24`;
}

/** A subnet that no other process of this machine is likely to use. */
export function anySubnet(): number {
  return process.pid % 256;
}

export class ProcessNodes {
  readonly #options: ProcessNodesOptions;
  readonly #stop = new AbortController();
  readonly #pods: Reflector<Pod>;
  readonly #services: Reflector<Service>;
  readonly #running = new Map<string, ProcessPod>();
  readonly #ending = new Set<Promise<void>>();
  readonly #proxies = new Map<string, Promise<ServiceProxy>>();
  #addresses = 0;

  private constructor(options: ProcessNodesOptions) {
    this.#options = options;
    const common = { transport: options.admin, logger: pino({ level: 'silent' }) };
    this.#pods = new Reflector({ ...common, resource: PODS, transform: (raw) => Pod.parse(raw) });
    this.#services = new Reflector({ ...common, resource: SERVICES, transform: (raw) => Service.parse(raw) });
    this.#pods.onChange(({ type, object }) => this.#podChanged(type === 'Deleted', object));
    this.#services.onChange(({ type, object }) => this.#serviceChanged(type === 'Deleted', object));
  }

  static async start(options: ProcessNodesOptions): Promise<ProcessNodes> {
    if (options.namespace === undefined)
      for (const name of options.nodes) await register(options.admin, name);
    const nodes = new ProcessNodes(options);
    nodes.#pods.start(nodes.#stop.signal);
    nodes.#services.start(nodes.#stop.signal);
    await Promise.all([nodes.#pods.synced(), nodes.#services.synced()]);
    return nodes;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#running.values()].map((pod) => pod.kill()));
    await Promise.allSettled(this.#ending);
    for (const proxy of await Promise.all(this.#proxies.values())) proxy.close();
  }

  #podChanged(gone: boolean, pod: Pod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const running = this.#running.get(uid);
    if (gone || deletionTimestamp !== undefined) {
      this.#running.delete(uid);
      const ending = gone ? running?.kill() : running?.terminate(pod);
      if (ending !== undefined) this.#remember(ending);
    } else if (running === undefined && this.#isOurs(pod)) {
      this.#running.set(uid, this.#run(pod));
    }
  }

  #isOurs({ metadata, spec }: Pod): boolean {
    const { nodes, namespace = metadata.namespace } = this.#options;
    return metadata.namespace === namespace && nodes.includes(spec.nodeName ?? '');
  }

  #run(pod: Pod): ProcessPod {
    const { admin, images, logFolder, subnet } = this.#options;
    this.#addresses += 1;
    const ip = `127.65.${subnet}.${this.#addresses}`;
    const image = images[pod.spec.containers[0].image];
    return new ProcessPod(pod, { admin, ip, image, logFolder });
  }

  #remember(ending: Promise<void>): void {
    this.#ending.add(ending);
    void ending.catch(() => undefined).then(() => this.#ending.delete(ending));
  }

  #serviceChanged(gone: boolean, service: Service): void {
    const { uid } = service.metadata;
    const proxy = this.#proxies.get(uid);
    if (gone) {
      this.#proxies.delete(uid);
      void proxy?.then((running) => running.close());
    } else if (proxy === undefined) {
      this.#proxies.set(uid, ServiceProxy.start(service, this.#targetOf(service)));
    }
  }

  #targetOf(service: Service): Target {
    if (service.spec.selector !== undefined) return readyPodOf(service, this.#pods.store);
    const { hostname, port } = new URL(this.#options.apiServer);
    return () => ({ host: hostname, port: Number(port) });
  }
}

async function register(admin: Transport, name: string): Promise<void> {
  const client = new ResourceClient(admin, NODES);
  const labels = { 'kubernetes.io/hostname': name };
  await client.create({ metadata: { name, labels } });
  const resources = { cpu: '8', memory: '16Gi', pods: '110' };
  const now = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'a process of a test' };
  const condition = { ...ready, lastHeartbeatTime: now, lastTransitionTime: now };
  const status = { capacity: resources, allocatable: resources, conditions: [condition] };
  await client.mergePatch({ namespace: '', name }, { status }, { subresource: 'status' });
}
