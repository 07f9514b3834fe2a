import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { ApiError } from '../../../src/kube/api-errors.ts';
import { Transport } from '../../../src/kube/transport.ts';
import type { ApiRequest } from '../../../src/kube/transport.ts';
import type { Pod } from '../objects/kinds.ts';
import { annotation, label } from '../objects/names.ts';
import type { KubeVirtSimulator } from '../simulator.ts';
import { atomsOf, learnNames } from './atoms.ts';
import type { Atom } from './atoms.ts';
import { compareEvents, compareOrder, compareWrites, isSignificant } from './compare.ts';
import type { Comparison, Difference } from './compare.ts';
import { callsOf } from './lines.ts';
import type { HttpCall, TraceLine } from './lines.ts';
import type { Recorder } from './recorder.ts';

/** Namespace of all recordings. */
export const recordedNamespace = 'vms';

const settleMs = 20_000;

export interface ReplayParts {
  readonly controlPlane: ControlPlane;
  readonly simulator: KubeVirtSimulator;
  readonly recorder: Recorder;
  readonly namespace: string;
  /** What was done beside the API before the n-th call: failures of guests and images. */
  readonly before?: Readonly<Record<number, (simulator: KubeVirtSimulator, namespace: string) => void>>;
}

/** Repeats the calls of a recording, each when what preceded it in the recording has happened here too. */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #lines: readonly TraceLine[];
  readonly #wanted: readonly Atom[];
  readonly #transports = new Map<string, Transport>();
  readonly #http: Difference[] = [];

  constructor(lines: readonly TraceLine[], parts: ReplayParts) {
    this.#lines = lines;
    this.#parts = parts;
    this.#wanted = atomsOf(lines);
  }

  async run(): Promise<void> {
    const calls = callsOf(this.#lines);
    for (const [index, call] of calls.entries()) {
      await this.#settle(call.t_ms, `call ${index + 1}: ${call.method} ${call.path}`);
      this.#parts.before?.[index]?.(this.#parts.simulator, this.#parts.namespace);
      await this.#call(call);
    }
    await this.#settle(Infinity, 'the end');
    await Promise.all([...this.#transports.values()].map((transport) => transport.close()));
  }

  /** Writes, order, events and answers, each against the recording. */
  compare(): Record<'writes' | 'order' | 'events' | 'http', Comparison> {
    const got = this.#recorded();
    const atoms = atomsOf(got);
    return {
      writes: compareWrites(this.#wanted, atoms),
      order: compareOrder(this.#wanted, atoms),
      events: compareEvents(this.#lines, got),
      http: { compared: callsOf(this.#lines).length, differences: this.#http },
    };
  }

  #recorded(): TraceLine[] {
    const { recorder, namespace } = this.#parts;
    const text = JSON.stringify(recorder.lines());
    return JSON.parse(text.replaceAll(namespace, recordedNamespace)) as TraceLine[];
  }

  /** Waits until whatever a reader could have seen before a call is there. */
  async #settle(before: number, what: string): Promise<void> {
    const wanted = idsOf(this.#wanted.filter(({ t_ms }) => t_ms <= before));
    const deadline = AbortSignal.timeout(settleMs);
    const late = new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => {
        resolve();
      });
    });
    for (;;) {
      const next = this.#parts.recorder.next();
      const found = idsOf(atomsOf(this.#recorded()));
      const missing = [...wanted].filter((id) => !found.has(id));
      if (missing.length === 0) {
        return;
      }
      if (deadline.aborted) {
        throw new Error(`${what}: what preceded it in the recording has not happened:\n${missing.join('\n')}`);
      }
      await Promise.race([next, late]);
    }
  }

  async #call(call: HttpCall): Promise<void> {
    const own = this.#toOwn({ ...call, t_ms: 0 });
    const answer = await this.#send(own);
    const want = this.#comparable(call, learnNames(this.#lines));
    const got = this.#comparable({ ...call, ...answer }, learnNames(this.#recorded()));
    if (want !== got) {
      this.#http.push({ what: 'http', where: `${call.method} ${call.path}`, want, got });
    }
  }

  /** Generated names and the namespace of the recording become those of the replay. */
  #toOwn(call: HttpCall): HttpCall {
    const theirs = podNames(this.#lines);
    const ours = podNames(this.#parts.recorder.lines());
    let text = JSON.stringify(call).replaceAll(`/namespaces/${recordedNamespace}/`, `/namespaces/${this.#parts.namespace}/`);
    for (const [index, name] of theirs.entries()) {
      text = text.replaceAll(name, ours[index] ?? name);
    }
    return JSON.parse(text) as HttpCall;
  }

  async #send(call: HttpCall): Promise<Pick<HttpCall, 'code' | 'body'>> {
    const [path = '', query = ''] = call.path.split('?');
    // The one user without rights in the recordings is the one that was told so.
    const transport = this.#as(call.code === 403 ? 'alice' : 'admin');
    try {
      const body = await transport.request({
        method: call.method as ApiRequest['method'],
        path,
        query: Object.fromEntries(new URLSearchParams(query)),
        ...(call.request !== undefined && call.request !== null && { body: call.request }),
        ...(call.method === 'PATCH' && { contentType: patchType(call.request) }),
      });
      return { code: successCode(call, body), body };
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      const { code, reason, message, details } = error;
      return { code, body: { reason, message, details } };
    }
  }

  #as(user: string): Transport {
    const known = this.#transports.get(user);
    const transport = known ?? new Transport(this.#parts.controlPlane.connection(user), { delay: () => Promise.resolve() });
    this.#transports.set(user, transport);
    return transport;
  }

  /** Code, and for errors all that is said. */
  #comparable({ code, body }: Pick<HttpCall, 'code' | 'body'>, names: ReturnType<typeof learnNames>): string {
    if (code < 400) {
      return String(code);
    }
    const { message, reason, details } = body as { message?: string; reason?: string; details?: object };
    const text = JSON.stringify([code, reason, message, sorted(details ?? {})]);
    return names.apply(text.replaceAll(this.#parts.namespace, recordedNamespace));
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, entry]) => [key, sorted(entry)]),
      )
    : value;
}

/** The transport tells errors by throwing; successes differ by what was asked. */
function successCode({ code }: HttpCall, _body: unknown): number {
  return code < 400 ? code : 200;
}

function patchType(body: unknown): string {
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function podNames(lines: readonly TraceLine[]): string[] {
  return lines.flatMap(({ type, kind, name }) => (type === 'ADDED' && kind === 'Pod' && name !== undefined ? [name] : []));
}

function idsOf(atoms: readonly Atom[]): Set<string> {
  const counts = new Map<string, number>();
  return new Set(
    atoms.filter(isSignificant).map(({ object, path, value }) => {
      const id = `${object} ${path}=${value}`;
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      return `${id} (${count})`;
    }),
  );
}

/** Sends each pod where the real scheduler sent its counterpart. */
export function chooserOf(lines: readonly TraceLine[]): (pod: Pod) => string | undefined {
  const nodes = new Map<string, string>();
  const names = new Map<string, string>();
  const starts = new Map<string, number>();
  for (const { type, kind, name = '', object, changed } of lines) {
    if (kind === 'Pod' && type === 'ADDED') {
      names.set(name, identity(object as Pod, starts));
    }
    const node = changed?.['spec.nodeName'];
    if (kind === 'Pod' && typeof node === 'string') {
      nodes.set(names.get(name) ?? '', node);
    }
  }
  const seen = new Map<string, string>();
  const own = new Map<string, number>();
  return (pod) => {
    const uid = pod.metadata.uid ?? '';
    const id = seen.get(uid) ?? identity(pod, own);
    seen.set(uid, id);
    return nodes.get(id);
  };
}

/** The migration that a pod was made for, or the how manieth start of its machine. */
function identity(pod: Pod, starts: Map<string, number>): string {
  const { annotations, labels } = pod.metadata;
  const domain = annotations?.[annotation.domain] ?? '';
  const migration = annotations?.[annotation.migrationJobName];
  if (labels?.[label.migrationJob] !== undefined && migration !== undefined) {
    return `${domain} migration ${migration.replace(/^(kubevirt-migrate-vm)-.*/, '$1')}`;
  }
  const count = (starts.get(domain) ?? 0) + 1;
  starts.set(domain, count);
  return `${domain} start ${count}`;
}
