import type { Logger } from 'pino';
import type { Transport } from '../../../src/kube/transport.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import type { Resource } from '../../../src/kube/resource.ts';
import type { Change } from '../../../src/runtime/store.ts';
import { resources } from '../objects/kinds.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import type { Stored } from '../objects/stored.ts';
import type { WriteReport } from '../transports.ts';
import { cut, cutPod } from './cut.ts';
import { difference } from './diff.ts';
import type { TraceLine } from './lines.ts';
import { whose } from './whose.ts';

const watched: Readonly<Record<string, Resource>> = {
  VM: resources.VirtualMachine,
  VMI: resources.VirtualMachineInstance,
  VMIM: resources.VirtualMachineInstanceMigration,
  Pod: resources.Pod,
};

const eventResource: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

const shortKinds: Readonly<Record<string, string>> = {
  VirtualMachine: 'VM',
  VirtualMachineInstance: 'VMI',
  VirtualMachineInstanceMigration: 'VMIM',
};

interface EventObject extends Stored {
  involvedObject: { kind: string; name: string };
  reason: string;
  message: string;
  type: string;
  source: { component?: string };
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'CREATE',
  PUT: 'UPDATE',
  PATCH: 'PATCH',
  DELETE: 'DELETE',
};

/** Records what happens in one namespace, as the recordings of the real KubeVirt do. */
export class Recorder {
  readonly #lines: TraceLine[] = [];
  readonly #writes = new Map<string, WriteReport[]>();
  /** Pod → its binding, which is answered without a revision. */
  readonly #bindings = new Map<string, WriteReport>();
  readonly #claimed = new Set<string>();
  readonly #start = performance.now();
  readonly #waiting = new Set<() => void>();
  refused = 0;

  constructor(parts: { transport: Transport; namespace: string; logger: Logger; signal: AbortSignal }) {
    const { transport, namespace, logger, signal } = parts;
    for (const [kind, resource] of Object.entries(watched)) {
      const reflector = new Reflector<Stored>({ transport, resource, namespace, logger });
      reflector.onChange((change) => {
        this.#record(kind, change);
      });
      reflector.start(signal);
    }
    const events = new Reflector<EventObject>({ transport, resource: eventResource, namespace, logger });
    events.onChange(({ type, object }) => {
      if (type === 'Added') {
        this.#recordEvent(object);
      }
    });
    events.start(signal);
  }

  /** A write of the simulator: whose a revision is. */
  observe(report: WriteReport): void {
    const { resourceVersion, code, path } = report;
    if (path.endsWith('/binding')) {
      this.#bindings.set(path.split('/').at(-2) ?? '', report);
    }
    if (code !== undefined) {
      this.refused += 1;
    }
    if (resourceVersion !== undefined && report.method !== 'GET' && !this.#claimed.has(resourceVersion)) {
      this.#writes.set(resourceVersion, [...(this.#writes.get(resourceVersion) ?? []), report]);
    }
  }

  /** A write of the replay itself. A write of the simulator that changed nothing may have been answered with it. */
  claim(resourceVersion: string): void {
    this.#writes.delete(resourceVersion);
    this.#claimed.add(resourceVersion);
  }

  /** What has been recorded, in the order of etcd's revisions, each write with its writer. */
  lines(): TraceLine[] {
    return this.#lines
      .toSorted((a, b) => Number(a.resourceVersion ?? 0) - Number(b.resourceVersion ?? 0))
      .map((line) => ({ ...line, ...this.#writer(line) }));
  }

  /** Resolves when something has been recorded. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  #record(kind: string, { type, object, previous }: Change<Stored>): void {
    const shape = (state: Stored): object => (kind === 'Pod' ? cutPod(state as Pod) : cut(state));
    const base = {
      t_ms: Math.round(performance.now() - this.#start),
      kind,
      name: object.metadata.name,
      ...(object.metadata.resourceVersion !== undefined && {
        resourceVersion: object.metadata.resourceVersion,
      }),
    };
    if (type === 'Added') {
      this.#add({ ...base, type: 'ADDED', object: shape(object) });
    } else if (type === 'Deleted') {
      this.#add({ ...base, type: 'DELETED' });
    } else {
      this.#add({ ...base, type: 'MODIFIED', changed: difference(shape(previous ?? object), shape(object)) });
    }
  }

  #recordEvent({ involvedObject, reason, message, type, source, metadata }: EventObject): void {
    this.#add({
      t_ms: Math.round(performance.now() - this.#start),
      type: 'EVENT',
      name: `${shortKinds[involvedObject.kind] ?? involvedObject.kind}/${involvedObject.name}`,
      resourceVersion: metadata.resourceVersion ?? '0',
      reason,
      message,
      level: type,
      source: source.component ?? '',
    });
  }

  #add(line: TraceLine): void {
    this.#lines.push(line);
    for (const resolve of this.#waiting) {
      resolve();
    }
    this.#waiting.clear();
  }

  #writer(line: TraceLine): Pick<TraceLine, 'by' | 'how'> {
    if (line.type === 'EVENT') {
      return {};
    }
    const report = this.#reportOf(line);
    return report === undefined ? { by: 'client' } : { by: report.by, how: howOf(report) };
  }

  #reportOf({ name = '', changed = {}, resourceVersion = '' }: TraceLine): WriteReport | undefined {
    const isDeletion = changed['metadata.deletionTimestamp'] !== undefined;
    const binding = changed['spec.nodeName'] === undefined ? undefined : this.#bindings.get(name);
    return whose(this.#writes.get(resourceVersion) ?? [], { isDeletion, binding });
  }
}

function howOf({ method, path }: WriteReport): NonNullable<TraceLine['how']> {
  const subresource = /\/(status|binding|eviction)$/.exec(path)?.[1];
  return { verb: verbs[method] ?? method, ...(subresource !== undefined && { subresource }) };
}
