import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { waitFor } from '../../support/wait.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import { annotation, label } from '../objects/names.ts';
import { atomsOf, learnNames } from './atoms.ts';
import type { Atom } from './atoms.ts';
import { compareEvents, compareOrder, compareWrites, isSignificant } from './compare.ts';
import type { Comparison, Difference } from './compare.ts';
import { callOf, callsOf } from './lines.ts';
import type { HttpCall, TraceLine } from './lines.ts';
import type { Recorder } from './recorder.ts';

/** Namespace of all recordings. */
const recordedNamespace = 'vms';

/** Nothing has been written for so long: what is missing now does not come any more. */
const idleMs = 20_000;

export interface ReplayParts {
  readonly controlPlane: ControlPlane;
  readonly recorder: Recorder;
  readonly namespace: string;
  /** What was done beside the API before the n-th call: failures of guests and images. */
  readonly before?: Readonly<Record<number, () => Promise<void> | void>>;
}

/** Repeats the calls of a recording, each when what preceded it in the recording has happened here too. */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #lines: readonly TraceLine[];
  readonly #wanted: readonly Atom[];
  readonly #agent: Agent;
  readonly #http: Difference[] = [];

  constructor(lines: readonly TraceLine[], parts: ReplayParts) {
    this.#lines = lines;
    this.#parts = parts;
    this.#wanted = atomsOf(lines);
    this.#agent = new Agent({ connect: { ca: parts.controlPlane.ca } });
  }

  async run(): Promise<void> {
    const steps = this.#lines.filter(({ type }) => type === 'HTTP' || type === 'NOTE');
    for (const [index, step] of steps.entries()) {
      const { method = '', path = '', text = '' } = step;
      await this.#settle(step.t_ms, `step ${index}: ${method} ${path} ${text}`);
      await this.#parts.before?.[index]?.();
      if (step.type === 'HTTP') {
        await this.#call(callOf(step));
      }
    }
    await this.#settle(Infinity, 'the end');
    // Pods that the API server itself deletes never get a writer.
    await waitFor('the answers to the last writes', () => this.#parts.recorder.isAttributed(), {
      timeoutMs: 1000,
    }).catch(() => undefined);
    await this.#agent.close();
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
    const wanted = this.#wanted.filter(({ t_ms }) => t_ms <= before);
    for (;;) {
      const next = this.#parts.recorder.next();
      const missing = notReached(wanted, atomsOf(this.#recorded()));
      if (missing.length === 0) {
        return;
      }
      const late = delay(idleMs, 'late', { ref: false });
      if ((await Promise.race([next, late])) === 'late') {
        const answers = this.#http.map(({ where, want, got }) => `${where}\n  want ${want}\n  got  ${got}`);
        throw new Error(
          [`${what}: what preceded it in the recording has not happened:`, ...missing, ...answers].join('\n'),
        );
      }
    }
  }

  async #call(call: HttpCall): Promise<void> {
    const own = this.#toOwn({ ...call, t_ms: 0 });
    const answer = await this.#send(own);
    const { metadata } = answer.body as { metadata?: { resourceVersion?: string } };
    this.#parts.recorder.claim(metadata?.resourceVersion ?? '');
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
    let text = JSON.stringify(call)
      .replaceAll(`/namespaces/${recordedNamespace}/`, `/namespaces/${this.#parts.namespace}/`)
      .replaceAll(`"namespace":"${recordedNamespace}"`, `"namespace":"${this.#parts.namespace}"`);
    for (const [index, name] of theirs.entries()) {
      text = text.replaceAll(name, ours[index] ?? name);
    }
    return JSON.parse(text) as HttpCall;
  }

  /** Not through our own transport: it hides the code of a success, and repeats what it takes for a hiccup. */
  async #send(call: HttpCall): Promise<Pick<HttpCall, 'code' | 'body'>> {
    const { controlPlane } = this.#parts;
    // The one user without rights in the recordings is the one that was told so.
    const token = controlPlane.token(call.code === 403 ? 'alice' : 'admin');
    const hasBody = call.request !== undefined && call.request !== null;
    const response = await request(`${controlPlane.url}${call.path}`, {
      dispatcher: this.#agent,
      method: call.method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': call.method === 'PATCH' ? patchType(call.request) : 'application/json',
      },
      ...(hasBody && { body: JSON.stringify(call.request) }),
    });
    const text = await response.body.text();
    return { code: response.statusCode, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
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

function patchType(body: unknown): string {
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function podNames(lines: readonly TraceLine[]): string[] {
  return lines.flatMap(({ type, kind, name }) =>
    type === 'ADDED' && kind === 'Pod' && name !== undefined ? [name] : [],
  );
}

/** What nobody acts upon, but what tells that the controllers are done. */
const closing =
  /^(VM\/\S+ status\.(desiredGeneration|volumeSnapshotStatuses.*|conditions\[type=(RestartRequired|EvictionRequested)\]\.status)|VMIM\/\S+ metadata\.finalizers)$/;

/** Leaves that have not got as far as in the recording: the last value there, as often as it was there. */
function notReached(wanted: readonly Atom[], found: readonly Atom[]): string[] {
  const have = new Map<string, number>();
  for (const { object, path, value } of found) {
    const id = `${object} ${path}=${value}`;
    have.set(id, (have.get(id) ?? 0) + 1);
  }
  const last = new Map<string, { id: string; count: number }>();
  const counts = new Map<string, number>();
  for (const atom of wanted) {
    const where = `${atom.object} ${atom.path}`;
    const id = `${where}=${atom.value}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (isSignificant(atom) || closing.test(where)) {
      last.set(where, { id, count: counts.get(id) ?? 0 });
    }
  }
  return [...last.values()].filter(({ id, count }) => (have.get(id) ?? 0) < count).map(({ id }) => id);
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
