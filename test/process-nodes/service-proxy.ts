import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { isReady, portOf, type Pods, type Service } from './kinds.ts';

/** Where a connection goes; undefined: nobody is there. */
export type Target = (
  targetPort: string | number,
) => { readonly host: string; readonly port: number } | undefined;

/** Any Pod of a Service that is ready. */
export function readyPodOf({ metadata, spec }: Service, pods: Pods): Target {
  return (targetPort) => {
    const ready = pods
      .list()
      .filter((pod) => pod.metadata.namespace === metadata.namespace && isReady(pod))
      .filter(({ metadata: { labels } }) =>
        Object.entries(spec.selector ?? {}).every(([key, value]) => labels[key] === value),
      );
    const pod = ready[Math.floor(Math.random() * ready.length)];
    if (pod?.status?.podIP === undefined) return undefined;
    return { host: pod.status.podIP, port: portOf(pod.spec.containers[0], targetPort) };
  };
}

/** What kube-proxy does, for one Service: whoever connects to its address is connected with what stands behind it. */
export class ServiceProxy {
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  /** @throws where its address, which must be one of loopback, can't be listened on */
  static async start({ spec }: Service, target: Target): Promise<ServiceProxy> {
    const servers = spec.ports.map(({ port, targetPort }) => ({ port, server: forward(target, targetPort) }));
    await Promise.all(
      servers.map(({ port, server }) => once(server.listen(port, spec.clusterIP), 'listening')),
    );
    return new ServiceProxy(servers.map(({ server }) => server));
  }

  /** Takes no more connections; those that are open stay so until their Pod ends. */
  close(): void {
    for (const server of this.#servers) server.close();
  }
}

function forward(target: Target, targetPort: string | number): Server {
  return createServer((client) => {
    const to = target(targetPort);
    if (to === undefined) {
      client.destroy();
      return;
    }
    const server = connect(to.port, to.host);
    for (const [from, into] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => into.destroy());
      from.pipe(into);
    }
  });
}
