import { isAlreadyExists } from '../../../src/kube/api-errors.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { annotation, installNamespace } from '../objects/names.ts';
import {
  handlerAnnotations,
  handlerDaemonSet,
  handlerPod,
  handlerPodName,
  handlerPodStatus,
  nodeAddress,
  nodeObject,
  nodeStatus,
} from './node-objects.ts';
import type { NodeInput } from './node-objects.ts';

const mergePatch = 'application/merge-patch+json';

/** Makes nodes with their virt-handler pods, and changes them for tests. */
export class NodeAdmin {
  readonly #transport: Transport;
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
    await this.addHandler(input);
    return address;
  }

  /** The virt-handler pod of a node. */
  async addHandler(input: NodeInput): Promise<void> {
    const daemonSet = await this.#daemonSetUid();
    await this.#create(`/api/v1/namespaces/${installNamespace}/pods`, handlerPod(input, daemonSet));
    await this.setHandlerReady(input.name, true);
  }

  /** What virt-handler writes once a minute, to say that it is alive. */
  async beat(node: string, at: Date): Promise<void> {
    const annotations = { [annotation.heartbeat]: at.toISOString() };
    await this.#patch(`/api/v1/nodes/${node}`, { metadata: { annotations } });
  }

  /** `null` removes a label. */
  async setLabels(node: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#patch(`/api/v1/nodes/${node}`, { metadata: { labels } });
  }

  async setReady(node: string, ready: boolean): Promise<void> {
    const { conditions } = (nodeStatus('', ready) as { status: { conditions: object[] } }).status;
    await this.#patch(`/api/v1/nodes/${node}/status`, { status: { conditions } });
  }

  async setUnschedulable(node: string, unschedulable: boolean): Promise<void> {
    await this.#patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: unschedulable ? true : null } });
  }

  async setHandlerReady(node: string, ready: boolean): Promise<void> {
    await this.#patch(`${this.#handlerPath(node)}/status`, handlerPodStatus(ready));
  }

  async setHandlerVersion(node: string, version: string): Promise<void> {
    await this.#patch(this.#handlerPath(node), { metadata: { annotations: handlerAnnotations(version) } });
  }

  async removeHandler(node: string): Promise<void> {
    await this.#transport.request({
      method: 'DELETE',
      path: this.#handlerPath(node),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 },
    });
  }

  #handlerPath(node: string): string {
    return `/api/v1/namespaces/${installNamespace}/pods/${handlerPodName(node)}`;
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
}
