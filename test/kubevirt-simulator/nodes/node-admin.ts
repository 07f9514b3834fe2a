import { isAlreadyExists, isNotFound } from '../../../src/kube/api-errors.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { installNamespace, label } from '../objects/names.ts';
import {
  handlerDaemonSet,
  handlerPod,
  handlerPodName,
  handlerPodStatus,
  heartbeat,
  nodeAddress,
  nodeObject,
  nodeStatus,
} from './node-objects.ts';
import type { NodeInput, NodeReady } from './node-objects.ts';

const mergePatch = 'application/merge-patch+json';

/** What the node lifecycle controller puts on a node whose kubelet it has not heard of in time. */
const unreachableTaints = ['NoSchedule', 'NoExecute'].map((effect) => ({
  key: 'node.kubernetes.io/unreachable',
  effect,
}));
/** What an admin puts on a node that is switched off for good. */
const outOfServiceTaint = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
};

/** Makes nodes with their virt-handler pods, and changes them for tests. */
export class NodeAdmin {
  readonly #transport: Transport;
  /** By node: how many handler pods it has had. */
  readonly #handlers = new Map<string, number>();
  #count = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @returns the address at which the node receives migrations. */
  async add(input: NodeInput): Promise<string> {
    const index = this.#count;
    this.#count += 1;
    const address = nodeAddress(index);
    await this.#create('/api/v1/nodes', nodeObject(input, index));
    await this.#patch(`/api/v1/nodes/${input.name}/status`, nodeStatus(address));
    await this.createHandler(input);
    await this.setHandlerReady(input.name, true);
    return address;
  }

  /** A virt-handler pod in place of one that was deleted. */
  async addHandler(input: NodeInput): Promise<void> {
    await this.createHandler(input);
    await this.setHandlerReady(input.name, true);
  }

  /** `null` removes a label. */
  async setLabels(node: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#patch(`/api/v1/nodes/${node}`, { metadata: { labels } });
  }

  async setReady(node: string, ready: NodeReady): Promise<void> {
    const { conditions } = (nodeStatus('', ready) as { status: { conditions: object[] } }).status;
    await this.#patch(`/api/v1/nodes/${node}/status`, { status: { conditions } });
  }

  async setUnschedulable(node: string, unschedulable: boolean): Promise<void> {
    await this.#patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: unschedulable ? true : null } });
  }

  /** Nothing is heard of the node any more; kubelet and virt-handler do nothing. */
  async lose(node: string): Promise<void> {
    await this.setReady(node, 'Unknown');
    await this.#patch(`/api/v1/nodes/${node}`, { spec: { taints: unreachableTaints } });
    await this.setHandlerReady(node, false);
  }

  /** The node is back, as it was. */
  async recover(node: string): Promise<void> {
    await this.setReady(node, 'True');
    await this.#patch(`/api/v1/nodes/${node}`, { spec: { taints: null } });
    await this.setHandlerReady(node, true);
    await this.heartbeat(node);
  }

  /** What an admin does with a lost node that is switched off, and what pod garbage collection does then. */
  async fence(node: string): Promise<void> {
    const taints = [...unreachableTaints, outOfServiceTaint];
    await this.#patch(`/api/v1/nodes/${node}`, { spec: { taints } });
    await this.#collectPods(node);
  }

  /** Deletes the Node; pod garbage collection takes its pods. */
  async remove(node: string): Promise<void> {
    await this.#delete(`/api/v1/nodes/${node}`);
    await this.#collectPods(node);
  }

  async setHandlerReady(node: string, ready: boolean): Promise<void> {
    await this.#patch(`${this.#handlerPath(node)}/status`, handlerPodStatus(ready));
  }

  /** virt-handler says that it is there, and that its node takes VMs. */
  async heartbeat(node: string, at: Date = new Date()): Promise<void> {
    const metadata = { annotations: heartbeat(at), labels: { [label.schedulable]: 'true' } };
    await this.#patch(`/api/v1/nodes/${node}`, { metadata });
  }

  /** A handler on its way out first says that its node takes no VMs. */
  async removeHandler(node: string): Promise<void> {
    await this.setLabels(node, { [label.schedulable]: 'false' });
    await this.deleteHandler(node);
  }

  async deleteHandler(node: string): Promise<void> {
    await this.#delete(this.#handlerPath(node));
  }

  /** The pod that the DaemonSet makes after it; not ready yet. */
  async createHandler(input: NodeInput): Promise<void> {
    const generation = (this.#handlers.get(input.name) ?? 0) + 1;
    this.#handlers.set(input.name, generation);
    const pod = handlerPod(input, handlerPodName(input.name, generation), await this.#daemonSetUid());
    await this.#create(`/api/v1/namespaces/${installNamespace}/pods`, pod);
  }

  #handlerPath(node: string): string {
    const name = handlerPodName(node, this.#handlers.get(node) ?? 0);
    return `/api/v1/namespaces/${installNamespace}/pods/${name}`;
  }

  async #collectPods(node: string): Promise<void> {
    const query = { fieldSelector: `spec.nodeName=${node}` };
    const { items } = await this.#transport.request<{
      items: { metadata: { namespace: string; name: string } }[];
    }>({
      method: 'GET',
      path: '/api/v1/pods',
      query,
    });
    for (const { metadata } of items) {
      await this.#delete(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
    }
  }

  async #daemonSetUid(): Promise<string> {
    const path = `/apis/apps/v1/namespaces/${installNamespace}/daemonsets`;
    await this.#create(path, handlerDaemonSet());
    const found = await this.#transport.request<{ metadata: { uid: string } }>({
      method: 'GET',
      path: `${path}/virt-handler`,
    });
    return found.metadata.uid;
  }

  async #create(path: string, body: object): Promise<void> {
    try {
      await this.#transport.request({ method: 'POST', path, body });
    } catch (error) {
      if (!isAlreadyExists(error)) {
        throw error;
      }
    }
  }

  async #patch(path: string, body: object): Promise<void> {
    await this.#transport.request({ method: 'PATCH', path, body, contentType: mergePatch });
  }

  async #delete(path: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    try {
      await this.#transport.request({ method: 'DELETE', path, body });
    } catch (error) {
      if (!isNotFound(error)) {
        throw error;
      }
    }
  }
}
