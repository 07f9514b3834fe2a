import { INSTANCES } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { benchInstance } from './instances.ts';

/** Requests that are under way at a time, as of a busy pipeline. */
const PARALLEL = 12;

/** Whoever creates Instances and asks for rescues. */
export class BenchUser {
  readonly namespace: string;
  readonly instances: ResourceClient<KubeObject>;

  constructor(transport: Transport, namespace: string) {
    this.instances = new ResourceClient(transport, INSTANCES);
    this.namespace = namespace;
  }

  async create(name: string): Promise<void> {
    await this.instances.create(benchInstance(this.namespace, name));
  }

  async edit(name: string, patch: object): Promise<void> {
    await this.instances.mergePatch({ namespace: this.namespace, name }, patch);
  }

  /** Writes a status that an operator has to put right. */
  async spoilStatus(name: string): Promise<void> {
    const status = { state: 'Unknown', observedGeneration: 0 };
    await this.instances.mergePatch(
      { namespace: this.namespace, name },
      { status },
      { subresource: 'status' },
    );
  }
}

/** Does something with each, some at a time. */
export async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
