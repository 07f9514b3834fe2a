import { PODS } from '../../api/resources.ts';
import type { Logger } from 'pino';
import type { Transport } from '../../kube/transport.ts';
import { Reflector } from '../../runtime/reflector.ts';
import { HandlerPod } from './resources.ts';

const BY_NODE = 'node';
/** On the pods of KubeVirt's DaemonSet; no other pod of the cluster is looked at. */
const HANDLERS = 'kubevirt.io=virt-handler';

/** The virt-handler pods of the cluster, by node. */
export class KnownHandlers {
  readonly #pods: Reflector<HandlerPod>;

  constructor(transport: Transport, logger: Logger, namespace: string) {
    this.#pods = new Reflector({
      transport,
      logger,
      namespace,
      resource: PODS,
      labelSelector: HANDLERS,
      transform: (raw) => HandlerPod.parse(raw),
      indices: { [BY_NODE]: ({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]) },
    });
  }

  /** Resolves when they were listed. Tells the nodes of those that change, first of those that are there. */
  async start(onChange: (node: string) => void, signal: AbortSignal): Promise<void> {
    this.#pods.start(signal);
    await this.#pods.synced(signal);
    this.#pods.onChange(({ object }) => {
      if (object.spec.nodeName !== undefined) onChange(object.spec.nodeName);
    });
  }

  on(node: string): HandlerPod[] {
    return this.#pods.store.byIndex(BY_NODE, node);
  }
}
