import type { Connection } from '../../src/kube/connection.ts';
import { ApiError } from '../../src/kube/api-errors.ts';
import { Transport } from '../../src/kube/transport.ts';
import type { ApiRequest } from '../../src/kube/transport.ts';
import { user } from './users.ts';
import type { SimulatorUser } from './users.ts';

/** Gives a connection for each of simulatorUsers; a ControlPlane does. */
export interface Connections {
  connection(user: string): Connection;
}

/** One write of a player, and how the API server took it. */
export interface WriteReport {
  /** `virt-controller`, `virt-api`, `virt-handler node-1`, `kube-scheduler`, `kubelet`, `virt-operator`. */
  readonly by: string;
  readonly method: ApiRequest['method'];
  readonly path: string;
  /** Whether it has changed anything; absent where the answer does not tell. */
  readonly changed?: boolean;
  /** Of what was stored; absent for an error. */
  readonly resourceVersion?: string;
  /** HTTP status code of an error. */
  readonly code?: number;
}

export type Observer = (report: WriteReport) => void;

/** Tells an observer of each write: which revision of an object is whose can't be read from the object. */
class ObservedTransport extends Transport {
  readonly #by: string;
  readonly #observe: Observer;

  constructor(parts: { connection: Connection; userAgent: string; by: string; observe: Observer }) {
    super(parts.connection, { userAgent: parts.userAgent });
    this.#by = parts.by;
    this.#observe = parts.observe;
  }

  override async request<T>(request: ApiRequest): Promise<T> {
    const { method, path } = request;
    const report = { by: this.#by, method, path };
    try {
      const answer = await super.request<T>(request);
      const version = versionOf(answer);
      const changed = method === 'PUT' ? version !== versionOf(request.body) : undefined;
      this.#observe({
        ...report,
        ...(version !== undefined && { resourceVersion: version }),
        ...(changed !== undefined && { changed }),
      });
      return answer;
    } catch (error) {
      this.#observe({ ...report, ...(error instanceof ApiError && { code: error.code }) });
      throw error;
    }
  }
}

function versionOf(object: unknown): string | undefined {
  return ((object ?? {}) as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
}

const playerNames: Readonly<Record<SimulatorUser, string>> = {
  [user.virtController]: 'virt-controller',
  [user.virtApi]: 'virt-api',
  [user.virtHandler]: 'virt-handler',
  [user.virtOperator]: 'virt-operator',
  [user.scheduler]: 'kube-scheduler',
  [user.kubelet]: 'kubelet',
};

/** One transport for each player: as its own user, and for virt-handlers with the node in the User-Agent. */
export class Transports {
  readonly #connections: Connections;
  readonly #observe: Observer | undefined;
  readonly #transports = new Map<string, Transport>();

  constructor(connections: Connections, observe?: Observer) {
    this.#connections = connections;
    this.#observe = observe;
  }

  as(name: SimulatorUser): Transport {
    return this.#get(playerNames[name], name, playerNames[name]);
  }

  /** The virt-handler of one node: all of them are one user, as in KubeVirt. */
  handler(node: string): Transport {
    return this.#get(`virt-handler ${node}`, user.virtHandler, `virt-handler/${node}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#transports.values()].map((transport) => transport.close()));
  }

  #get(by: string, name: SimulatorUser, userAgent: string): Transport {
    const known = this.#transports.get(by);
    if (known !== undefined) {
      return known;
    }
    const connection = this.#connections.connection(name);
    const observe = this.#observe;
    const transport =
      observe === undefined
        ? new Transport(connection, { userAgent })
        : new ObservedTransport({ connection, userAgent, by, observe });
    this.#transports.set(by, transport);
    return transport;
  }
}
