/**
 * The Lease object that replicas agree with on who leads: its requests, each guarded by the resourceVersion that was read,
 * so that of two who try to take it only one can.
 */
import { isNotFound } from '../kube/api-errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import type { KubeObject, ObjectKey, Resource } from '../kube/resource.ts';
import type { Transport } from '../kube/transport.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export class LeaseClient {
  readonly #client: ResourceClient<Lease>;
  readonly #key: ObjectKey;

  constructor(transport: Transport, key: ObjectKey, timeoutMs: number) {
    this.#client = new ResourceClient(transport, LEASES, { timeoutMs });
    this.#key = key;
  }

  /** Undefined when there is none. */
  async read(): Promise<Lease | undefined> {
    try {
      return await this.#client.get(this.#key);
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Creates the Lease, or replaces `current`. @throws ApiError when somebody was faster */
  write(current: Lease | undefined, spec: LeaseSpec): Promise<Lease> {
    const lease: Lease = {
      ...(current ?? { metadata: { ...this.#key } }),
      spec: { ...current?.spec, ...spec },
    };
    return current === undefined ? this.#client.create(lease) : this.#client.replace(lease);
  }
}
