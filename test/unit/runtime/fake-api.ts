import { pino } from 'pino';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import type { ReflectorOptions } from '../../../src/runtime/reflector.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { json, startFakeServer, status } from '../kube/fake-server.ts';
import type { Answer, FakeServer, SeenRequest } from '../kube/fake-server.ts';

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly key?: string;
  readonly resourceVersion?: string;
}

/** A reflector on a fake API, and what it did. */
export interface Watching {
  readonly clock: FakeClock;
  readonly reflector: Reflector<KubeObject>;
  readonly logged: LogLine[];
  /** `Added x@1`, in order. */
  readonly told: string[];
}

const THINGS: Resource = { group: 'g', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };

/** The collection `things` of an API server; a test sets what its three requests are answered. */
export class FakeApi {
  /** Default: an empty list at version 100. */
  list: Answer = listOf(100);
  /** Default: open and silent. */
  watch: Answer = stream();
  /** Default: not offered. */
  watchList: Answer = status(422, 'Invalid');
  readonly server: FakeServer;
  readonly #stop = new AbortController();
  readonly #transports: Transport[] = [];

  static async start(): Promise<FakeApi> {
    const started: { api?: FakeApi } = {};
    const server = await startFakeServer((response, request) =>
      started.api?.answer(request)(response, request),
    );
    started.api = new FakeApi(server);
    return started.api;
  }

  private constructor(server: FakeServer) {
    this.server = server;
  }

  answer(request: SeenRequest): Answer {
    if (request.query.has('sendInitialEvents')) {
      return this.watchList;
    }
    return request.query.has('watch') ? this.watch : this.list;
  }

  /** Queries of all requests so far, of lists in pages, of watches. */
  get queries(): Record<string, string>[] {
    return this.server.seen.map(({ query }) => Object.fromEntries(query));
  }

  get lists(): Record<string, string>[] {
    return this.queries.filter((query) => query['watch'] === undefined);
  }

  get watches(): Record<string, string>[] {
    return this.queries.filter((query) => query['watch'] !== undefined);
  }

  /** Starts a reflector that lists in pages, on a clock of its own. */
  reflect(options: Partial<ReflectorOptions<KubeObject>> = {}): Watching {
    const clock = new FakeClock();
    const logged: LogLine[] = [];
    const logger = pino(
      { level: 'info' },
      { write: (line: string) => logged.push(JSON.parse(line) as LogLine) },
    );
    const transport = new Transport({ server: this.server.url }, { delay: () => Promise.resolve() });
    this.#transports.push(transport);
    const reflector = new Reflector<KubeObject>({
      ...{ transport, resource: THINGS, namespace: 'a', logger, clock, watchList: false, random: () => 0 },
      ...options,
    });
    const told: string[] = [];
    reflector.onChange(({ type, object }) =>
      told.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion ?? ''}`),
    );
    reflector.start(this.#stop.signal);
    return { clock, reflector, logged, told };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await this.server.close();
  }
}

export function thing(name: string, version: number, uid = 'u1'): KubeObject {
  return { metadata: { namespace: 'a', name, uid, resourceVersion: String(version) } };
}

export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function bookmark(version: number, annotations = {}): string {
  return event('BOOKMARK', { metadata: { resourceVersion: String(version), annotations } });
}

export const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' };

/** The ERROR frame of a version that is compacted away. */
export const goneFrame = event('ERROR', {
  ...{ kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
});

/** A watch that gives these frames and stays open. */
export function stream(...frames: string[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.flushHeaders();
    frames.forEach((frame) => response.write(frame));
  };
}

/** The same, ended by the server. */
export function endedStream(...frames: string[]): Answer {
  return (response, request) => {
    stream(...frames)(response, request);
    response.end();
  };
}

export function listOf(version: number, ...items: KubeObject[]): Answer {
  return json(200, { metadata: { resourceVersion: String(version) }, items });
}
